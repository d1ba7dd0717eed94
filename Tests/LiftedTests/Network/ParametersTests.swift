import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct ParametersTests {
  private let network: Network
  private let theta: Parameters<Float>

  init() throws {
    network = try Naive([3, 4, 5, 2], [.relu, .tanh, .softmax]).network
    theta = .random(network)
  }

  private var named: [String: Tensor<Float>] {
    Dictionary(uniqueKeysWithValues: theta.named(in: network).map { ($0.name, $0.tensor) })
  }

  @Test("Names count layers and activations as PyTorch's Sequential does")
  func names() {
    #expect(
      theta.named(in: network).map(\.name)
        == ["0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"])
    #expect(named["2.weight"]?.shape == [5, 4])
  }

  @Test("Named tensors give back the parameters")
  func roundTrip() throws {
    #expect(try Parameters(named: named, for: network) == theta)
  }

  @Test("A missing, an unknown and a misshapen parameter are each refused by name")
  func errors() {
    func message(_ tensors: [String: Tensor<Float>]) -> String {
      do {
        _ = try Parameters(named: tensors, for: network)
        return ""
      } catch {
        return error.description
      }
    }
    var tensors = named
    tensors["2.bias"] = nil
    #expect(message(tensors).contains("'2.bias' is missing"))
    tensors = named
    tensors["6.weight"] = Tensor(shape: [1])
    #expect(message(tensors).contains("'6.weight' belongs to no layer"))
    tensors = named
    tensors["4.weight"] = Tensor(shape: [5, 2])
    #expect(message(tensors) == "parameter '4.weight': expected shape [2, 5], found [5, 2]")
  }

  @Test("One undefined number makes the parameters not finite")
  func finiteness() {
    var broken = theta
    #expect(broken.isFinite)
    broken.layers[1][1][2] = .nan
    #expect(!broken.isFinite)
  }
}
