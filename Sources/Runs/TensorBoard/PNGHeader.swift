import Foundation

/// The size of a PNG picture, from the first 26 bytes of its file.
struct PNGHeader: Equatable {
  /// Width in pixels.
  let width: Int
  /// Height in pixels.
  let height: Int
  /// 1 grey, 2 grey and alpha, 3 RGB or palette, 4 RGBA.
  let channels: Int

  /// Nil if the data does not start with a PNG signature and an image header.
  init?(_ png: Data) {
    let bytes = [UInt8](png.prefix(26))
    let signature: [UInt8] = [137, 80, 78, 71, 13, 10, 26, 10]
    guard bytes.count == 26, Array(bytes[..<8]) == signature,
      bytes[12..<16].elementsEqual("IHDR".utf8)
    else { return nil }
    let number = { (range: Range<Int>) in bytes[range].reduce(0) { $0 << 8 | Int($1) } }
    width = number(16..<20)
    height = number(20..<24)
    switch bytes[25] {
    case 0: channels = 1
    case 4: channels = 2
    case 6: channels = 4
    default: channels = 3
    }
  }
}
