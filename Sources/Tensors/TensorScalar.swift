import RealModule

/// The real numbers a ``Tensor`` can hold: `Float` and `Double`.
///
/// The seam to the libraries underneath: everything that BLAS, LAPACK or a vector mathematics
/// library does well is a static requirement here and is called through pointers by the kernels of
/// this module. Matrices are row-major; `ld…` is the distance between the starts of two rows.
public protocol TensorScalar:
  Real, BinaryFloatingPoint, SIMDScalar, Sendable, Codable, ConvolutionScalar
{
  /// `C <- alpha op(A) op(B) + beta C`, `op` the transpose where asked; `C` is `m x n`, the inner
  /// extent `k`. One thread.
  static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int,
    alpha: Self, a: UnsafePointer<Self>, lda: Int, b: UnsafePointer<Self>, ldb: Int,
    beta: Self, c: UnsafeMutablePointer<Self>, ldc: Int)

  /// Overwrites the lower triangle of a symmetric positive definite `n x n` matrix by its Cholesky
  /// factor `L`, `A = L L^T`. Returns the order of the first minor that is not positive, 0 if none.
  static func choleskyFactor(_ a: UnsafeMutablePointer<Self>, n: Int) -> Int

  /// Overwrites the Cholesky factor in the lower triangle by the inverse of the factored matrix,
  /// both triangles filled. Cost `2 n^3 / 3`.
  static func choleskyInverse(_ a: UnsafeMutablePointer<Self>, n: Int) -> Int

  /// Elementwise function over `count` numbers; `out` may be `x`.
  static func map(
    _ function: VectorFunction, _ x: UnsafePointer<Self>, into out: UnsafeMutablePointer<Self>,
    count: Int)

  /// `out <- a x + b y`; `out` may be `x` or `y`.
  static func combine(
    _ a: Self, _ x: UnsafePointer<Self>, _ b: Self, _ y: UnsafePointer<Self>,
    into out: UnsafeMutablePointer<Self>, count: Int)

  /// `out <- out + x`
  static func add(_ x: UnsafePointer<Self>, to out: UnsafeMutablePointer<Self>, count: Int)

  /// `<x, y>`, added up in `Double`.
  static func dot(_ x: UnsafePointer<Self>, _ y: UnsafePointer<Self>, count: Int) -> Double

  /// Whether all of `count` numbers are finite.
  static func areFinite(_ x: UnsafePointer<Self>, count: Int) -> Bool

  /// `out <- scale * bytes`
  static func convert(
    _ bytes: UnsafePointer<UInt8>, scale: Self, into out: UnsafeMutablePointer<Self>, count: Int)

  /// `w <- shrink (w - step g)`
  static func descend(
    _ w: UnsafeMutablePointer<Self>, along g: UnsafePointer<Self>, step: Self, shrink: Self,
    count: Int)

  /// `m <- decay m + g`, `w <- shrink (w - step m)`
  static func descend(
    _ w: UnsafeMutablePointer<Self>, along g: UnsafePointer<Self>,
    momentum m: UnsafeMutablePointer<Self>, decay: Self, step: Self, shrink: Self, count: Int)

  /// `m <- d1 m + (1 - d1) g`, `v <- d2 v + (1 - d2) g^2`,
  /// `w <- shrink (w - step m / (sqrt(c v) + epsilon))`
  static func descend(
    _ w: UnsafeMutablePointer<Self>, along g: UnsafePointer<Self>,
    moments m: UnsafeMutablePointer<Self>, _ v: UnsafeMutablePointer<Self>,
    decays: (Self, Self), epsilon: Self, correction c: Self, step: Self, shrink: Self, count: Int)
}

/// The transcendental functions that a vector mathematics library evaluates over whole arrays.
public enum VectorFunction: Sendable, CaseIterable {
  /// As named in the C library; `log1p(x) = log(1 + x)`, `expm1(x) = exp(x) - 1`.
  case exp, log, log1p, expm1, tanh, atan, asinh
  /// `1 / (1 + exp(-x))`
  case logistic
  /// `log(1 + exp(x))`, finite for every finite `x`
  case softplus
}
