import Proximal
import Tensors

/// A separable activation with what a test must know of it.
struct ScalarEntry: Sendable, CustomStringConvertible {
  let activation: any SeparableActivation
  /// Where `sigma` has kinks.
  var kinks: [Double] = []
  /// Points just outside or on the open end of the domain of `psi`.
  var outside: [Double] = []
  /// `sigma(c z) = c sigma(z)` for `c > 0`.
  var isHomogeneous = false

  var description: String { "\(type(of: activation))" }

  /// Both sides of every kink, the middle, the tails.
  var points: [Double] {
    kinks.flatMap { k in [k, k - 1e-3, k + 1e-3, k - 0.3, k + 0.3] }
      + [-40, -8, -3.3, -1, -0.4, -0.05, -1e-6, 0, 1e-6, 0.07, 0.5, 1.2, 2.9, 7, 35]
  }

  /// Points of the domain.
  func domainPoints<S: TensorScalar>(_: S.Type) -> [S] {
    points.filter { abs($0) < 9 }.map { activation.activation(S($0)) }
  }

  static let all: [ScalarEntry] = {
    do {
      return try [
        ScalarEntry(activation: Identity(), isHomogeneous: true),
        ScalarEntry(activation: ReLU(), kinks: [0], outside: [-1e-6, -2], isHomogeneous: true),
        ScalarEntry(activation: LeakyReLU(slope: 0.2), kinks: [0], isHomogeneous: true),
        ScalarEntry(activation: LeakyReLU(slope: 1), isHomogeneous: true),
        ScalarEntry(activation: SoftThreshold(alpha: 0.75), kinks: [-0.75, 0.75]),
        ScalarEntry(activation: SoftThreshold(alpha: 0)),
        ScalarEntry(
          activation: NonnegativeSoftThreshold(alpha: 0.75), kinks: [0.75], outside: [-1e-6, -2]),
        ScalarEntry(
          activation: Clip(lower: -0.5, upper: 1.25), kinks: [-0.5, 1.25], outside: [-0.51, 1.26]),
        ScalarEntry(activation: Clip.hardTanh, kinks: [-1, 1], outside: [-1.1, 1.1]),
        ScalarEntry(activation: Clip.relu6, kinks: [0, 6], outside: [-0.1, 6.1]),
        ScalarEntry(activation: Clip.hardSigmoid, kinks: [0, 1], outside: [-0.1, 1.1]),
        ScalarEntry(activation: Clip.dualBall(nu: 0.25), kinks: [-0.25, 0.25], outside: [0.26]),
        ScalarEntry(activation: Tanh(), outside: [-1.00001, 1.00001]),
        ScalarEntry(activation: Sigmoid(), outside: [-1e-6, 1.00001]),
        ScalarEntry(activation: Softplus(), outside: [-1e-6]),
        ScalarEntry(activation: Arctan(), outside: [-1.5708, 1.5708]),
        ScalarEntry(activation: ISRU(), outside: [-1.00001, 1.00001]),
        ScalarEntry(activation: Softsign(), outside: [-1, 1]),
        ScalarEntry(activation: ELU(alpha: 0.8), kinks: [0], outside: [-0.80001]),
        ScalarEntry(activation: ELU(), outside: [-1.00001]),
        ScalarEntry(activation: SmoothReLU(kappa: 0.3), outside: [0, -1]),
        ScalarEntry(activation: Asinh()),
      ]
    } catch {
      preconditionFailure("\(error)")
    }
  }()
}

/// An activation that couples the numbers of a row.
struct CoupledEntry: Sendable, CustomStringConvertible {
  let activation: any Activation
  /// Rows of six numbers outside the domain.
  var outside: [[Double]] = []
  var description: String { "\(type(of: activation))" }

  static let all: [CoupledEntry] = {
    do {
      return try [
        CoupledEntry(activation: GroupSoftThreshold(alpha: 0.8, groupSize: 3)),
        CoupledEntry(activation: GroupSoftThreshold(alpha: 0.8, groupSize: 1)),
        CoupledEntry(activation: L2Ball(radius: 1.5), outside: [[1, 1, 1, 0, 0, 0]]),
        CoupledEntry(activation: Sparsemax(), outside: offSimplex),
        CoupledEntry(activation: L1Ball(radius: 1.5), outside: [[1, -1, 0, 0, 0, 0]]),
        CoupledEntry(activation: Softmax(), outside: offSimplex),
        CoupledEntry(
          activation: Beside(ReLU(), count: 2, Clip.hardTanh), outside: [[1, -1, 0, 0, 0, 0]]),
        CoupledEntry(
          activation: Beside(Identity(), count: 3, L2Ball(radius: 0.5)),
          outside: [[9, 9, 9, 1, 0, 0]]),
      ]
    } catch {
      preconditionFailure("\(error)")
    }
  }()

  private static let offSimplex: [[Double]] = [
    [0.5, 0.5, 0.5, 0, 0, 0], [1.5, -0.5, 0, 0, 0, 0], [0.2, 0.2, 0, 0, 0, 0],
  ]
}

/// Steps of a proximal map from very short to very long.
let steps: [Double] = [0.01, 0.1, 0.5, 1, 2, 10, 100]
