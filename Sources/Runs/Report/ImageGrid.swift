import Foundation

/// Pictures in rows, with a caption under each: clean, noisy and restored images, or test pictures
/// with their true and predicted labels.
public struct ImageGrid: Sendable {
  /// A picture and what is to be said of it.
  public struct Picture: Sendable {
    /// The picture as a PNG file.
    public var png: Data
    /// What stands under it, for example `24.1 dB` or `boot, taken for sandal`.
    public var caption: String
    /// For a classifier: whether the prediction is right.
    public var isCorrect: Bool?

    /// A picture with what is to be said of it.
    public init(png: Data, caption: String = "", isCorrect: Bool? = nil) {
      self.png = png
      self.caption = caption
      self.isCorrect = isCorrect
    }
  }

  /// One row, with what its pictures are.
  public struct Row: Sendable {
    /// What the pictures are (`clean`, `noisy`, `restored`); may be empty.
    public var label: String
    /// The pictures; those in one column belong together.
    public var pictures: [Picture]

    /// A row of pictures under one label.
    public init(label: String, pictures: [Picture]) {
      self.label = label
      self.pictures = pictures
    }
  }

  /// What the grid shows.
  public var title: String
  /// Name and unit of the figure in the captions, for example `PSNR in dB`; nil if there is none.
  public var metric: String?
  /// The range of the data that the metric refers to; stated with it.
  public var dataRange: ClosedRange<Double>?
  /// The rows.
  public var rows: [Row]

  /// A grid of given rows.
  public init(
    title: String, metric: String? = nil, dataRange: ClosedRange<Double>? = nil, rows: [Row]
  ) {
    self.title = title
    self.metric = metric
    self.dataRange = dataRange
    self.rows = rows
  }
}
