import Proximal

/// An activation as a recipe names it: `relu`, or `{name: softThreshold, alpha: 0.1}`.
public enum ActivationChoice: Sendable, Equatable {
  case identity, relu, tanh, sigmoid, softplus, arctan, isru, softsign, asinh
  case hardTanh, relu6, hardSigmoid, softmax, sparsemax
  case leakyReLU(slope: Double)
  case softThreshold(alpha: Double)
  case nonnegativeSoftThreshold(alpha: Double)
  case clip(lower: Double, upper: Double)
  case elu(alpha: Double)
  case smoothReLU(kappa: Double)
  case groupSoftThreshold(alpha: Double, groupSize: Int)
  case l2Ball(radius: Double)
  case l1Ball(radius: Double)

  private static let plain: [(name: String, choice: ActivationChoice)] = [
    ("identity", .identity), ("relu", .relu), ("tanh", .tanh), ("sigmoid", .sigmoid),
    ("softplus", .softplus), ("arctan", .arctan), ("isru", .isru), ("softsign", .softsign),
    ("asinh", .asinh), ("hardTanh", .hardTanh), ("relu6", .relu6), ("hardSigmoid", .hardSigmoid),
    ("softmax", .softmax), ("sparsemax", .sparsemax),
  ]
  private static let withParameters = [
    "leakyReLU", "softThreshold", "nonnegativeSoftThreshold", "clip", "elu", "smoothReLU",
    "groupSoftThreshold", "l2Ball", "l1Ball",
  ]

  /// Maps that people ask for and that are no proximal maps, with what to take instead.
  private static let refused = [
    "gelu": "smoothReLU or softplus", "silu": "smoothReLU or softplus",
    "swish": "smoothReLU or softplus", "mish": "smoothReLU or softplus",
    "sin": "hardTanh", "step": "hardSigmoid",
    "maxpool": "relu and a layer with averagePooling or a stride",
  ]

  /// The activation.
  /// - Throws: `ProximalError` for a parameter out of range.
  public func make() throws(ProximalError) -> any Activation {
    switch self {
    case .identity: Identity()
    case .relu: ReLU()
    case .tanh: Tanh()
    case .sigmoid: Sigmoid()
    case .softplus: Softplus()
    case .arctan: Arctan()
    case .isru: ISRU()
    case .softsign: Softsign()
    case .asinh: Asinh()
    case .hardTanh: Clip.hardTanh
    case .relu6: Clip.relu6
    case .hardSigmoid: Clip.hardSigmoid
    case .softmax: Softmax()
    case .sparsemax: Sparsemax()
    case .leakyReLU(let slope): try LeakyReLU(slope: slope)
    case .softThreshold(let alpha): try SoftThreshold(alpha: alpha)
    case .nonnegativeSoftThreshold(let alpha): try NonnegativeSoftThreshold(alpha: alpha)
    case .clip(let lower, let upper): try Clip(lower: lower, upper: upper)
    case .elu(let alpha): try ELU(alpha: alpha)
    case .smoothReLU(let kappa): try SmoothReLU(kappa: kappa)
    case .groupSoftThreshold(let alpha, let size):
      try GroupSoftThreshold(alpha: alpha, groupSize: size)
    case .l2Ball(let radius): try L2Ball(radius: radius)
    case .l1Ball(let radius): try L1Ball(radius: radius)
    }
  }

  /// Name and parameters, in the order in which they are written.
  private var written: (name: String, parameters: [(String, Double)]) {
    switch self {
    case .leakyReLU(let slope): ("leakyReLU", [("slope", slope)])
    case .softThreshold(let alpha): ("softThreshold", [("alpha", alpha)])
    case .nonnegativeSoftThreshold(let alpha): ("nonnegativeSoftThreshold", [("alpha", alpha)])
    case .clip(let lower, let upper): ("clip", [("lower", lower), ("upper", upper)])
    case .elu(let alpha): ("elu", [("alpha", alpha)])
    case .smoothReLU(let kappa): ("smoothReLU", [("kappa", kappa)])
    case .groupSoftThreshold(let alpha, let size):
      ("groupSoftThreshold", [("alpha", alpha), ("groupSize", Double(size))])
    case .l2Ball(let radius): ("l2Ball", [("radius", radius)])
    case .l1Ball(let radius): ("l1Ball", [("radius", radius)])
    default: (Self.plain.first { $0.choice == self }?.name ?? "identity", [])
    }
  }

  /// Its name in a recipe.
  public var name: String { written.name }
}

extension ActivationChoice: Codable {
  public init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      try self.init(name, parameters: nil, decoder)
      return
    }
    var reader = try StrictReader(decoder)
    let name: String = try reader.required("name")
    try self.init(name, parameters: &reader, decoder)
    try reader.finish()
  }

  private init(_ name: String, parameters: StrictReader?, _ decoder: any Decoder) throws {
    guard let choice = Self.plain.first(where: { $0.name == name })?.choice else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: Self.problem(with: name)))
    }
    self = choice
  }

  private init(_ name: String, parameters: inout StrictReader, _ decoder: any Decoder) throws {
    switch name {
    case "leakyReLU": self = .leakyReLU(slope: try parameters.optional("slope") ?? 0.01)
    case "softThreshold": self = .softThreshold(alpha: try parameters.required("alpha"))
    case "nonnegativeSoftThreshold":
      self = .nonnegativeSoftThreshold(alpha: try parameters.required("alpha"))
    case "clip":
      self = .clip(lower: try parameters.required("lower"), upper: try parameters.required("upper"))
    case "elu": self = .elu(alpha: try parameters.optional("alpha") ?? 1)
    case "smoothReLU": self = .smoothReLU(kappa: try parameters.required("kappa"))
    case "groupSoftThreshold":
      self = .groupSoftThreshold(
        alpha: try parameters.required("alpha"), groupSize: try parameters.required("groupSize"))
    case "l2Ball": self = .l2Ball(radius: try parameters.required("radius"))
    case "l1Ball": self = .l1Ball(radius: try parameters.required("radius"))
    default: try self.init(name, parameters: nil, decoder)
    }
    let made = self
    _ = try parameters.checked { try made.make() }
  }

  private static func problem(with name: String) -> String {
    if let instead = refused[name.lowercased()] {
      return "'\(name)' is no proximal map (not monotone and 1-Lipschitz); use \(instead)"
    }
    if withParameters.contains(name) {
      return "'\(name)' has a parameter; write {name: \(name), …}; see the recipe reference"
    }
    let names = plain.map(\.name) + withParameters
    return "'\(name)' is not known\(StrictReader.suggestion(for: name, among: names))"
  }

  public func encode(to encoder: any Encoder) throws {
    let (name, parameters) = written
    guard !parameters.isEmpty else {
      var single = encoder.singleValueContainer()
      return try single.encode(name)
    }
    var container = encoder.container(keyedBy: StrictReader.Key.self)
    try container.encode(name, forKey: .init(stringValue: "name"))
    for (key, value) in parameters {
      if key == "groupSize" {
        try container.encode(Int(value), forKey: .init(stringValue: key))
      } else {
        try container.encode(value, forKey: .init(stringValue: key))
      }
    }
  }
}
