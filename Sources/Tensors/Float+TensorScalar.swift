import CVectorMath
import RealModule

extension Float: TensorScalar {
  public static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int,
    alpha: Float, a: UnsafePointer<Float>, lda: Int, b: UnsafePointer<Float>, ldb: Int,
    beta: Float, c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    la_gemm_f32(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
  }

  public static func choleskyFactor(_ a: UnsafeMutablePointer<Float>, n: Int) -> Int {
    la_cholesky_factor_f32(a, n)
  }

  public static func choleskyInverse(_ a: UnsafeMutablePointer<Float>, n: Int) -> Int {
    la_cholesky_inverse_f32(a, n)
  }

  public static func map(
    _ function: VectorFunction, _ x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>,
    count: Int
  ) {
    switch function {
    case .exp: vm_exp_f32(x, out, count)
    case .log: vm_log_f32(x, out, count)
    case .log1p: vm_log1p_f32(x, out, count)
    case .expm1: vm_expm1_f32(x, out, count)
    case .tanh: vm_tanh_f32(x, out, count)
    case .atan: vm_atan_f32(x, out, count)
    case .asinh: vm_asinh_f32(x, out, count)
    case .logistic: vm_logistic_f32(x, out, count)
    case .softplus: vm_softplus_f32(x, out, count)
    }
  }

  public static func combine(
    _ a: Float, _ x: UnsafePointer<Float>, _ b: Float, _ y: UnsafePointer<Float>,
    into out: UnsafeMutablePointer<Float>, count: Int
  ) {
    vm_combine_f32(a, x, b, y, out, count)
  }

  public static func add(
    _ x: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>, count: Int
  ) {
    vm_add_f32(x, out, count)
  }

  public static func dot(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, count: Int
  ) -> Double {
    vm_dot_f32(x, y, count)
  }

  public static func areFinite(_ x: UnsafePointer<Float>, count: Int) -> Bool {
    for i in 0..<count where !x[i].isFinite { return false }
    return true
  }

  public static func convert(
    _ bytes: UnsafePointer<UInt8>, scale: Float, into out: UnsafeMutablePointer<Float>, count: Int
  ) {
    vm_bytes_f32(bytes, out, count, scale)
  }

  public static func descend(
    _ w: UnsafeMutablePointer<Float>, along g: UnsafePointer<Float>, step: Float, shrink: Float,
    count: Int
  ) {
    vm_descend_f32(w, g, count, step, shrink)
  }

  public static func descend(
    _ w: UnsafeMutablePointer<Float>, along g: UnsafePointer<Float>,
    momentum m: UnsafeMutablePointer<Float>, decay: Float, step: Float, shrink: Float, count: Int
  ) {
    vm_momentum_f32(w, g, m, count, step, decay, shrink)
  }

  public static func descend(
    _ w: UnsafeMutablePointer<Float>, along g: UnsafePointer<Float>,
    moments m: UnsafeMutablePointer<Float>, _ v: UnsafeMutablePointer<Float>,
    decays: (Float, Float), epsilon: Float, correction c: Float, step: Float, shrink: Float,
    count: Int
  ) {
    vm_adam_f32(w, g, m, v, count, step, decays.0, decays.1, epsilon, c, shrink)
  }
}
