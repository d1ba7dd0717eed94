import Foundation

/// Measured rates of `n x d` by `d x d` matrix products, from which those of other sizes are interpolated.
///
/// Bilinear in the logarithms of rows, width and rate; beyond the table its edge holds.
public struct ProductRates: Codable, Equatable, Sendable {
  /// Rows `n` of the table, ascending.
  public let rows: [Int]
  /// Widths `d` of the table, ascending.
  public let widths: [Int]
  /// Operations a second, one row of the table for each entry of ``rows``.
  public let rates: [[Double]]

  /// A table.
  /// - Throws: ``ModelError`` for one that is empty, unsorted, ragged or not positive.
  public init(rows: [Int], widths: [Int], rates: [[Double]]) throws(ModelError) {
    for (name, sizes) in [("rows", rows), ("widths", widths)] {
      guard let first = sizes.first, first >= 1, zip(sizes, sizes.dropFirst()).allSatisfy(<) else {
        throw ModelError("\(name) of a table of rates must be positive and ascending: \(sizes)")
      }
    }
    guard rates.count == rows.count, rates.allSatisfy({ $0.count == widths.count }) else {
      throw ModelError("a table of rates needs \(rows.count) rows of \(widths.count) rates")
    }
    guard rates.joined().allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw ModelError("rates must be positive")
    }
    (self.rows, self.widths, self.rates) = (rows, widths, rates)
  }

  /// One rate for all sizes.
  public init(constant rate: Double) throws(ModelError) {
    try self.init(rows: [1], widths: [1], rates: [[rate]])
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      rows: values.decode([Int].self, forKey: .rows),
      widths: values.decode([Int].self, forKey: .widths),
      rates: values.decode([[Double]].self, forKey: .rates))
  }

  /// Seconds of an `n x d` by `d x d` product: `2 n d^2` over the rate.
  public func seconds(rows n: Double, width d: Int) -> Double {
    2 * n * Double(d) * Double(d) / rate(rows: n, width: d)
  }

  /// Operations a second.
  public func rate(rows n: Double, width d: Int) -> Double {
    let (r, down) = Self.place(of: n, in: rows)
    let (c, across) = Self.place(of: Double(d), in: widths)
    func logRate(_ i: Int, _ j: Int) -> Double {
      log(rates[min(i, rows.count - 1)][min(j, widths.count - 1)])
    }
    let top = (1 - across) * logRate(r, c) + across * logRate(r, c + 1)
    let bottom = (1 - across) * logRate(r + 1, c) + across * logRate(r + 1, c + 1)
    return exp((1 - down) * top + down * bottom)
  }

  /// The entry below a size, and how far towards the next one it is, in logarithms.
  private static func place(of size: Double, in sizes: [Int]) -> (index: Int, fraction: Double) {
    let below = sizes.lastIndex { Double($0) <= size } ?? 0
    guard below + 1 < sizes.count else { return (below, 0) }
    let (low, high) = (Double(sizes[below]), Double(sizes[below + 1]))
    return (below, min(max(log(size / low) / log(high / low), 0), 1))
  }
}
