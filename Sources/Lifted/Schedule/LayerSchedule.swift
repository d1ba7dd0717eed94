import Tensors

/// How the work of several layers on a batch is cut for the threads.
///
/// | case | pieces |
/// |---|---|
/// | ``tiles`` | one layer after the other, each product cut into tiles |
/// | ``layers`` | all layers that do not wait for one another side by side, with their tiles as one schedule |
/// | ``rows`` | blocks of samples side by side, each through all layers |
/// | ``auto`` | ``layers``, and ``rows`` where layers wait for one another and their products are too small to cut |
///
/// ``tiles`` and ``layers`` give the same numbers bit for bit. ``rows`` agrees with them to rounding, since
/// a product of fewer rows may add up in another order; it gives the same bits at any number of
/// threads, as all of them do.
public enum LayerSchedule: String, Sendable, Codable, CaseIterable {
  /// What a small cost model finds best, from widths and samples.
  case auto
  /// One layer after the other.
  case tiles
  /// Layers side by side.
  case layers
  /// Blocks of samples side by side.
  case rows

  /// Runs `body` on elements that do not wait for one another: one for each layer.
  func forEach<Element, Failure: Error>(
    _ elements: inout [Element], on pool: WorkerPool,
    _ body: (_ index: Int, _ element: inout Element, _ pool: WorkerPool) throws(Failure) -> Void
  ) throws(Failure) {
    if self == .tiles || elements.count < 2 {
      for index in elements.indices { try body(index, &elements[index], pool) }
    } else {
      try pool.concurrently(&elements, body)
    }
  }
}
