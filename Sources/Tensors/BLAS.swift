import CVectorMath

/// The library underneath matrix products and factorisations.
public enum BLAS {
  /// Its name and build, for reports: `OpenBLAS 0.3.21 … SkylakeX`, `Accelerate`.
  public static var name: String { String(cString: la_name()) }

  /// BLAS runs single-threaded inside our own tasks; done once, before the first product.
  static let runsSingleThreaded: Bool = {
    la_use_one_thread()
    return true
  }()
}
