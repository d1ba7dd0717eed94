import Proximal
import Tensors
import Testing

@Suite struct TiesTests {
  private func labels(
    _ j: some TiedRegulariser, _ u: [Double], tolerance: Double = 0.01
  ) -> (of: [Int?], groups: Int) {
    var ties = Ties(count: u.count)
    j.tie(&ties, of: u, count: u.count, tolerance: tolerance)
    return ties.labels()
  }

  @Test("Zeros of l1 and bounds of a box stay, all others are free")
  func places() {
    let l1 = labels(L1Norm(), [0, 0.5, -0.009, -0.4])
    #expect(l1.of == [nil, 0, nil, 1] && l1.groups == 2)
    let box = labels(Box(0...1), [0.005, 0.5, 0.999, 0.02])
    #expect(box.of == [nil, 0, nil, 1] && box.groups == 2)
    #expect(labels(Box.nonnegative, [0, 7]).of == [nil, 0])
  }

  @Test("Total variation ties what is connected and equal, down and to the right")
  func pieces() throws {
    let j = TotalVariation(try ImageShape(channels: 1, height: 3, width: 3))
    // A piece that bends around a corner, and one of the same level that does not touch it.
    let u: [Double] = [1, 1, 2, 2, 1, 2, 1, 1, 2]
    #expect(labels(j, u).of == [0, 0, 1, 2, 0, 1, 0, 0, 1])
    #expect(labels(j, u, tolerance: 1).groups == 1)
    #expect(labels(j, [0, 0.006, 0.012, 0, 0, 0, 0, 0, 0]).groups == 1, "a ramp of small steps")
  }

  @Test("Coupled channels are tied where none differs, separate ones by themselves")
  func channels() throws {
    let shape = try ImageShape(channels: 2, height: 1, width: 3)
    let u: [Double] = [1, 1, 1, 5, 5, 6]
    #expect(labels(TotalVariation(shape), u).of == [0, 0, 0, 1, 1, 2])
    #expect(labels(TotalVariation(shape, channels: .coupled), u).of == [0, 0, 1, 2, 2, 3])
  }

  @Test("A sum has the ties of its terms; one number in place holds its group")
  func sums() throws {
    let shape = try ImageShape(channels: 1, height: 1, width: 4)
    let j = try RegulariserSum((1, Box(0...1)), (2, TotalVariation(shape)), columns: 4)
    #expect(labels(j, [0.005, 0.011, 0.5, 0.501]).of == [nil, nil, 0, 0])
  }
}
