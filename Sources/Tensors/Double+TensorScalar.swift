import CVectorMath
import RealModule

extension Double: TensorScalar {
  public static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int,
    alpha: Double, a: UnsafePointer<Double>, lda: Int, b: UnsafePointer<Double>, ldb: Int,
    beta: Double, c: UnsafeMutablePointer<Double>, ldc: Int
  ) {
    la_gemm_f64(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
  }

  public static func choleskyFactor(_ a: UnsafeMutablePointer<Double>, n: Int) -> Int {
    la_cholesky_factor_f64(a, n)
  }

  public static func choleskyInverse(_ a: UnsafeMutablePointer<Double>, n: Int) -> Int {
    la_cholesky_inverse_f64(a, n)
  }

  public static func map(
    _ function: VectorFunction, _ x: UnsafePointer<Double>, into out: UnsafeMutablePointer<Double>,
    count: Int
  ) {
    switch function {
    case .exp: vm_exp_f64(x, out, count)
    case .log: vm_log_f64(x, out, count)
    case .log1p: vm_log1p_f64(x, out, count)
    case .expm1: vm_expm1_f64(x, out, count)
    case .tanh: vm_tanh_f64(x, out, count)
    case .atan: vm_atan_f64(x, out, count)
    case .asinh: vm_asinh_f64(x, out, count)
    case .logistic: vm_logistic_f64(x, out, count)
    case .softplus: vm_softplus_f64(x, out, count)
    }
  }

  public static func combine(
    _ a: Double, _ x: UnsafePointer<Double>, _ b: Double, _ y: UnsafePointer<Double>,
    into out: UnsafeMutablePointer<Double>, count: Int
  ) {
    vm_combine_f64(a, x, b, y, out, count)
  }

  public static func add(
    _ x: UnsafePointer<Double>, to out: UnsafeMutablePointer<Double>, count: Int
  ) {
    vm_add_f64(x, out, count)
  }

  public static func dot(
    _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, count: Int
  ) -> Double {
    vm_dot_f64(x, y, count)
  }

  public static func areFinite(_ x: UnsafePointer<Double>, count: Int) -> Bool {
    for i in 0..<count where !x[i].isFinite { return false }
    return true
  }

  public static func convert(
    _ bytes: UnsafePointer<UInt8>, scale: Double, into out: UnsafeMutablePointer<Double>, count: Int
  ) {
    vm_bytes_f64(bytes, out, count, scale)
  }

  public static func descend(
    _ w: UnsafeMutablePointer<Double>, along g: UnsafePointer<Double>, step: Double, shrink: Double,
    count: Int
  ) {
    vm_descend_f64(w, g, count, step, shrink)
  }

  public static func descend(
    _ w: UnsafeMutablePointer<Double>, along g: UnsafePointer<Double>,
    momentum m: UnsafeMutablePointer<Double>, decay: Double, step: Double, shrink: Double,
    count: Int
  ) {
    vm_momentum_f64(w, g, m, count, step, decay, shrink)
  }

  public static func descend(
    _ w: UnsafeMutablePointer<Double>, along g: UnsafePointer<Double>,
    moments m: UnsafeMutablePointer<Double>, _ v: UnsafeMutablePointer<Double>,
    decays: (Double, Double), epsilon: Double, correction c: Double, step: Double, shrink: Double,
    count: Int
  ) {
    vm_adam_f64(w, g, m, v, count, step, decays.0, decays.1, epsilon, c, shrink)
  }
}
