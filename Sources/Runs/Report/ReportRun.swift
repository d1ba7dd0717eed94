/// One run as a report shows it.
public struct ReportRun: Sendable {
  /// Name in tables and legends.
  public var name: String
  /// What the validation metric of the history measures.
  public var metric: MetricKind
  /// The history; may be empty.
  public var history: [HistoryRow]
  /// Seconds since the start at each row of the history; not-a-number or missing where unknown.
  public var seconds: [Double]
  /// What went wrong; nil if nothing did.
  public var failure: String?
  /// Seconds of processor time that it took, where that is known.
  public var cpuSeconds: Double?
  /// The final figures, if the run has ended.
  public var summary: Summary?
  /// Names of the layers, first layer first; missing ones are numbered.
  public var layerNames: [String]
  /// Pictures.
  public var imageGrids: [ImageGrid]
  /// The resolved recipe.
  public var recipeText: String

  /// A run of given parts.
  public init(
    name: String, metric: MetricKind, history: [HistoryRow], seconds: [Double] = [],
    failure: String? = nil, cpuSeconds: Double? = nil, summary: Summary? = nil,
    layerNames: [String] = [], imageGrids: [ImageGrid] = [], recipeText: String = ""
  ) {
    self.name = name
    self.metric = metric
    self.history = history
    self.seconds = seconds
    self.failure = failure
    self.cpuSeconds = cpuSeconds
    self.summary = summary
    self.layerNames = layerNames
    self.imageGrids = imageGrids
    self.recipeText = recipeText
  }

  /// Reads history, clock, summary or failure (if there is one) and recipe from a run folder.
  public init(
    reading folder: RunFolder, name: String, metric: MetricKind, layerNames: [String] = [],
    imageGrids: [ImageGrid] = []
  ) throws(HistoryError) {
    let history = try History(reading: folder)
    var recipe = ""
    do {
      recipe = String(decoding: try WholeFile.read(folder.recipe), as: UTF8.self)
    } catch {
      throw .folder(error)
    }
    let failure = try RunFailure(reading: folder)
    let summary = folder.hasSummary ? try Summary(reading: folder) : nil
    self.init(
      name: name, metric: metric, history: history.rows, seconds: history.seconds,
      failure: failure?.problem, cpuSeconds: failure?.cpuSeconds ?? summary?.cpuSeconds,
      summary: summary, layerNames: layerNames,
      imageGrids: imageGrids, recipeText: recipe)
  }

  /// The name of a layer counted from 0.
  func layerName(_ index: Int) -> String {
    index < layerNames.count ? layerNames[index] : "layer \(index + 1)"
  }
}
