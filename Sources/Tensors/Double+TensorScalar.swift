import CVectorMath
import RealModule

#if canImport(Accelerate)
  import Accelerate
#else
  import COpenBLAS
#endif

extension Double: TensorScalar {
  public static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int,
    alpha: Double, a: UnsafePointer<Double>, lda: Int, b: UnsafePointer<Double>, ldb: Int,
    beta: Double, c: UnsafeMutablePointer<Double>, ldc: Int
  ) {
    cblas_dgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans,
      transposeB ? CblasTrans : CblasNoTrans, BLASInt(m), BLASInt(n), BLASInt(k),
      alpha, a, BLASInt(lda), b, BLASInt(ldb), beta, c, BLASInt(ldc))
  }

  public static func choleskyFactor(_ a: UnsafeMutablePointer<Double>, n: Int) -> Int {
    cholesky(a, n: n) { dpotrf_($0, $1, $2, $3, $4) }
  }

  public static func choleskyInverse(_ a: UnsafeMutablePointer<Double>, n: Int) -> Int {
    let status = cholesky(a, n: n) { dpotri_($0, $1, $2, $3, $4) }
    mirrorLowerTriangle(a, n: n)
    return status
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
}
