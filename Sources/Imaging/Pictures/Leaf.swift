import RealModule
import Tensors

/// An ellipse or a rectangle in pixels, with its colour at the centre, the slope of its brightness and its
/// texture.
struct Leaf {
  let (x, y): (Double, Double)
  /// Half the height and width of the upright box around it.
  let reach: Double
  private let axes: (x: Double, y: Double)
  private let across: Direction
  private let isRectangle: Bool
  let colour: [Float]
  private let slope: (x: Double, y: Double)
  private let waves: [Wave]

  init(_ leaves: DeadLeaves, in light: Light, from stream: inout RandomStream) {
    // The inverse of the distribution function of r^(-3).
    let (low, high) = (leaves.radii.lowerBound, leaves.radii.upperBound)
    let (a, b) = (1 / (low * low), 1 / (high * high))
    let radius = 1 / (a - stream.uniform() * (a - b)).squareRoot()
    axes = (radius, radius * (0.3 + 0.7 * stream.uniform()))
    across = Direction(from: &stream)
    isRectangle = stream.uniform() < 0.3
    reach = isRectangle ? radius * 2.0.squareRoot() : radius
    // Wherever a leaf can touch the picture; small ones mostly do not.
    x = stream.uniform() * (Double(leaves.shape.width) + 2 * high) - high
    y = stream.uniform() * (Double(leaves.shape.height) + 2 * high) - high
    let brightness = light.brightness((stream.uniform() + stream.uniform()) / 2)
    let spread = leaves.shape.channels > 1 ? 0.3 : 0
    colour = (0..<leaves.shape.channels).map { _ in
      Float(brightness + spread * (stream.uniform() - 0.5))
    }
    let steepness = leaves.shading * stream.uniform() / (2 * radius)
    let uphill = Direction(from: &stream)
    slope = (steepness * uphill.x, steepness * uphill.y)
    waves = Self.texture(leaves.texture, from: &stream)
  }

  /// Stripes on every second leaf, grain, which is many waves, on every second one as well; amplitudes with the
  /// density of a cube of a uniform number, so that most are faint.
  private static func texture(_ most: Double, from stream: inout RandomStream) -> [Wave] {
    guard most > 0 else { return [] }
    func amplitude() -> Double {
      let u = stream.uniform()
      return most * u * u * u
    }
    var waves: [Wave] = []
    if stream.uniform() < 0.5 { waves.append(Wave(amplitude(), isBent: true, from: &stream)) }
    if stream.uniform() < 0.5 {
      let each = amplitude() / 2
      waves += (0..<8).map { _ in Wave(each, isBent: false, from: &stream) }
    }
    return waves
  }

  /// Whether it covers what lies so far from its centre.
  func covers(_ dx: Double, _ dy: Double) -> Bool {
    let (u, v) = (across.along(dx, dy) / axes.x, across.beside(dx, dy) / axes.y)
    return isRectangle ? max(abs(u), abs(v)) < 1 : u * u + v * v < 1
  }

  /// How much brighter than the centre it is there.
  func brighter(_ dx: Double, _ dy: Double) -> Float {
    Float(waves.reduce(dx * slope.x + dy * slope.y) { $0 + $1.height(dx, dy) })
  }
}

/// A unit vector, uniform on the circle.
struct Direction {
  let (x, y): (Double, Double)

  init(from stream: inout RandomStream) {
    let angle = 2 * Double.pi * stream.uniform()
    (x, y) = (.cos(angle), .sin(angle))
  }

  func along(_ dx: Double, _ dy: Double) -> Double { dx * x + dy * y }
  func beside(_ dx: Double, _ dy: Double) -> Double { dy * x - dx * y }
}

/// `a sin(2 pi d / period + phase)` of the distance `d` along a direction, with periods from 2.5 to 10 pixels;
/// bent, its crests meander.
private struct Wave {
  private let (amplitude, frequency, phase): (Double, Double, Double)
  private let direction: Direction
  private let (bend, meander): (Double, Double)

  init(_ amplitude: Double, isBent: Bool, from stream: inout RandomStream) {
    let period = 2.5 * Double.exp(stream.uniform() * .log(4))
    (self.amplitude, frequency) = (amplitude, 2 * .pi / period)
    phase = 2 * .pi * stream.uniform()
    direction = Direction(from: &stream)
    bend = isBent ? 2 * .pi * stream.uniform() : 0
    meander = isBent ? frequency / (2 + 4 * stream.uniform()) : 0
  }

  func height(_ dx: Double, _ dy: Double) -> Double {
    var angle = frequency * direction.along(dx, dy) + phase
    if bend > 0 { angle += bend * .sin(meander * direction.beside(dx, dy)) }
    return amplitude * .sin(angle)
  }
}
