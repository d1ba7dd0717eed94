/// The keys of a study file, its recipes not yet read.
struct StudyFile: Decodable {
  let name: String
  let about: String?
  let seeds: [UInt64]
  let budget: StudyBudget?
  let controls: [StudyControl]
  let tasks: [StudyTask]

  init(from decoder: any Decoder) throws {
    var reader = try StrictReader(decoder)
    name = try reader.required("name")
    about = try reader.optional("about")
    seeds = try reader.optional("seeds") ?? []
    budget = try reader.optional("budget")
    controls = try reader.choices("controls") ?? []
    tasks = try reader.required("tasks")
    try reader.finish()
    try reader.requireFileName(name, "name")
    guard !tasks.isEmpty else { throw reader.error("tasks", "give at least one task") }
    guard Set(seeds).count == seeds.count else {
      throw reader.error("seeds", "a seed is there twice; give each once")
    }
  }
}
