import Tensors

/// The same address; the caller has checked that `S` is `T`.
@inline(__always)
func concrete<S, T>(_ pointer: UnsafePointer<S>, _ type: T.Type) -> UnsafePointer<T> {
  UnsafeRawPointer(pointer).assumingMemoryBound(to: type)
}

/// The same address; the caller has checked that `S` is `T`.
@inline(__always)
func concrete<S, T>(_ pointer: UnsafeMutablePointer<S>, _ type: T.Type) -> UnsafeMutablePointer<T> {
  UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: type)
}
