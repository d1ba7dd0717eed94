/// One row of a run's history: only numbers that the seed determines, no clock.
public struct HistoryRow: Codable, Equatable, Sendable {
  /// Passes over the training set so far, counted from 1.
  public var epoch: Int
  /// Minibatch steps since the start of the run.
  public var step: Int
  /// Gradient evaluations since the start of the run, as the solver counts them.
  public var gradientEvaluations: Int
  /// Mean loss over the training samples since the last row.
  public var trainingLoss: Double
  /// Mean loss over the validation samples.
  public var validationLoss: Double?
  /// Accuracy as a fraction, or mean squared error, over the validation samples.
  public var validationMetric: Double?
  /// The nudge (feedback strength) beta.
  public var nudge: Double
  /// The schedule's factor on the step size of every update.
  public var stepFactor: Double
  /// The energy that the method minimises, where it is a single one.
  public var objective: Double?
  /// The largest of its blocks' distances from being stationary.
  public var stationarity: Double?
  /// The cosine of the signal's gradient to back-propagation's on the probe.
  public var gradientCosine: Double?
  /// One record for each layer, first layer first; equally many in every row of a run.
  public var layers: [LayerRecord]

  /// A row of given figures; what was not measured is `nil`.
  public init(
    epoch: Int, step: Int, gradientEvaluations: Int, trainingLoss: Double,
    validationLoss: Double? = nil, validationMetric: Double? = nil, nudge: Double,
    stepFactor: Double, objective: Double? = nil, stationarity: Double? = nil,
    gradientCosine: Double? = nil, layers: [LayerRecord] = []
  ) {
    self.epoch = epoch
    self.step = step
    self.gradientEvaluations = gradientEvaluations
    self.trainingLoss = trainingLoss
    self.validationLoss = validationLoss
    self.validationMetric = validationMetric
    self.nudge = nudge
    self.stepFactor = stepFactor
    (self.objective, self.stationarity) = (objective, stationarity)
    self.gradientCosine = gradientCosine
    self.layers = layers
  }
}
