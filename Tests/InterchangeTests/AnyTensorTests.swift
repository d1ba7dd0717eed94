import Tensors
import Testing

@testable import Interchange

@Suite("Arrays of any type") struct AnyTensorTests {
  @Test("every type converts to real numbers, rounded where it must")
  func converts() throws {
    let big = IntegerTensor<Int64>([-(1 << 53), 1 << 24 + 1, 0])
    #expect(AnyTensor.int64(big).real(Double.self).scalars == [-0x1p53, 16_777_217, 0])
    #expect(AnyTensor.int64(big).real(Float.self).scalars == [-0x1p53, 16_777_216, 0])
    #expect(AnyTensor.uint64(IntegerTensor([.max])).real(Double.self).scalars == [0x1p64])
    let bytes = try IntegerTensor<UInt8>(shape: [2, 1], scalars: [0, 255])
    #expect(AnyTensor.uint8(bytes).real(Float.self) == Tensor(rows: [[0], [255]]))
    let tenth = Tensor<Double>(rows: [[0.1]])
    #expect(AnyTensor.float64(tenth).real(Double.self) == tenth)
    #expect(AnyTensor.float64(tenth).real(Float.self) == Tensor(rows: [[Float(0.1)]]))
    let single = Tensor<Float>(rows: [[0.1]])
    #expect(AnyTensor.float32(single).real(Double.self) == Tensor(rows: [[Double(Float(0.1))]]))
  }

  @Test("a shape that does not fit its elements is refused")
  func shapes() {
    #expect(throws: ShapeError.self) { try IntegerTensor<Int64>(shape: [2, 2], scalars: [1]) }
    #expect(throws: ShapeError.self) { try IntegerTensor<Int64>(shape: [-1, -1], scalars: [1]) }
    #expect(throws: ShapeError.overflow([1 << 40, 1 << 40])) {
      try IntegerTensor<Int64>(shape: [1 << 40, 1 << 40], scalars: [1])
    }
  }

  @Test("Fortran order is brought into row-major order for every number of axes")
  func columnMajor() throws {
    for shape in [[], [4], [2, 3], [3, 1, 2], [2, 3, 2, 2]] {
      let count = shape.reduce(1, *)
      // Brute force: the row-major multi-index of each element, summed with column-major strides.
      let expected = (0..<count).map { element in
        var (rest, offset, indices) = (element, 0, [Int]())
        for extent in shape.reversed() {
          indices.insert(rest % extent, at: 0)
          rest /= extent
        }
        var stride = 1
        for (index, extent) in zip(indices, shape) {
          offset += index * stride
          stride *= extent
        }
        return offset
      }
      #expect(Extents.rowMajor(fromColumnMajor: Array(0..<count), shape: shape) == expected)
    }
  }
}
