#if canImport(Accelerate)
  import Accelerate
#else
  import COpenBLAS
#endif

typealias BLASInt = Int32

/// The library underneath matrix products and factorisations.
public enum BLAS {
  /// Its name, for reports: `OpenBLAS (SkylakeX)`, `Accelerate`.
  public static var name: String {
    #if canImport(Accelerate)
      "Accelerate"
    #else
      "OpenBLAS (\(String(cString: openblas_get_corename())))"
    #endif
  }

  /// BLAS runs single-threaded inside our own tasks; done once, before the first product.
  static let runsSingleThreaded: Bool = {
    #if !canImport(Accelerate)
      openblas_set_num_threads(1)
    #endif
    return true
  }()
}

/// Calls a LAPACK Cholesky routine on the lower triangle of a row-major matrix, which is the upper
/// triangle in LAPACK's column-major eyes.
func cholesky<Scalar>(
  _ a: UnsafeMutablePointer<Scalar>, n: Int,
  routine: (
    UnsafePointer<CChar>, UnsafePointer<Int32>, UnsafeMutablePointer<Scalar>,
    UnsafePointer<Int32>, UnsafeMutablePointer<Int32>
  ) -> Void
) -> Int {
  var (upper, order, status) = (CChar(UInt8(ascii: "U")), BLASInt(n), BLASInt(0))
  var leading = max(order, 1)
  routine(&upper, &order, a, &leading, &status)
  return Int(status)
}

/// Copies the lower triangle onto the upper one.
func mirrorLowerTriangle<Scalar>(_ a: UnsafeMutablePointer<Scalar>, n: Int) {
  for i in 0..<n {
    for j in 0..<i { a[j * n + i] = a[i * n + j] }
  }
}
