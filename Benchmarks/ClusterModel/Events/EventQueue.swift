/// Events in the order of their times; those of one time in the order in which they were added.
///
/// A binary heap. Cost of adding and of taking: `O(log n)`.
struct EventQueue<Event> {
  private typealias Entry = (time: Double, number: Int, event: Event)

  private var heap: [Entry] = []
  private var added = 0

  /// Adds an event.
  mutating func add(_ event: Event, at time: Double) {
    heap.append((time, added, event))
    added += 1
    var child = heap.count - 1
    while child > 0, Self.isEarlier(heap[child], heap[(child - 1) / 2]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Takes the earliest event; `nil` if there is none.
  mutating func next() -> (event: Event, time: Double)? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    if !heap.isEmpty {
      heap[0] = last
      sink()
    }
    return (first.event, first.time)
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < heap.count else { return }
      if child + 1 < heap.count, Self.isEarlier(heap[child + 1], heap[child]) { child += 1 }
      guard Self.isEarlier(heap[child], heap[parent]) else { return }
      heap.swapAt(parent, child)
      parent = child
    }
  }

  private static func isEarlier(_ a: Entry, _ b: Entry) -> Bool {
    (a.time, a.number) < (b.time, b.number)
  }
}
