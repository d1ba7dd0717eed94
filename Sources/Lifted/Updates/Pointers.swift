import Tensors

extension Array {
  /// The writable storage of several tensors at once, for kernels; valid inside `body` only.
  mutating func withPointers<S, Result>(
    _ body: ([UnsafeMutablePointer<S>]) -> Result
  ) -> Result where Element == Tensor<S> {
    func collect(_ index: Int, _ found: [UnsafeMutablePointer<S>]) -> Result {
      if index == count { return body(found) }
      var tensor = detach(&self[index])
      defer { self[index] = tensor }
      return tensor.withMutablePointer { collect(index + 1, found + [$0]) }
    }
    return collect(0, [])
  }

  /// The same for several lists of tensors.
  mutating func withPointers<S, Result>(
    _ body: ([[UnsafeMutablePointer<S>]]) -> Result
  ) -> Result where Element == [Tensor<S>] {
    var flat = flatMap { $0 }
    let lengths = map(\.count)
    for index in indices { self[index] = [] }
    let result = flat.withPointers { pointers in
      var rest = pointers[...]
      return body(
        lengths.map { length in
          defer { rest = rest.dropFirst(length) }
          return Array<UnsafeMutablePointer<S>>(rest.prefix(length))
        })
    }
    var rest = flat[...]
    flat = []
    for (index, length) in lengths.enumerated() {
      self[index] = Array<Tensor<S>>(rest.prefix(length))
      rest = rest.dropFirst(length)
    }
    return result
  }
}
