import Lifted
import Runs

extension ONNXListing {
  /// A line on the whole, a row for each operation, and what is not supported.
  var text: String {
    let maker = producer.isEmpty ? "" : ", written by \(producer)"
    let header = ["", "operation", "name", "output", "parameters", "supported"]
    let table = rows.map { row in
      [
        "\(row.index)", row.operation, row.name, row.output.map(extentsText) ?? "?",
        "\(row.parameters)", row.isRefused ? "no" : "yes",
      ]
    }
    let total = rows.reduce(0) { $0 + $1.parameters }
    let verdict =
      problems.isEmpty
      ? ["\(total) parameters; the model can be used"]
      : problems.map { "not supported: \($0)" }
    return
      ([
        "ONNX, opset \(opset)\(maker); input \(extentsText(input))",
        Terminal.table([header] + table),
      ]
      + verdict).joined(separator: "\n")
  }
}

extension TrainedModel {
  /// A line on the whole and a row for each layer.
  var text: String {
    let header = ["", "layer", "activation", "output", "parameters"]
    let table = network.layers.enumerated().map { index, layer in
      let image = layer.stage.outputImage
      return [
        "\(index + 1)", "\(type(of: layer.stage))", "\(type(of: layer.activation))",
        image.map { extentsText([$0.channels, $0.height, $0.width]) } ?? "\(layer.stage.outputs)",
        "\(layer.stage.parameters.reduce(0) { $0 + $1.shape.reduce(1, *) })",
      ]
    }
    return [
      "\(origin.rawValue); input \(extentsText(inputShape))", Terminal.table([header] + table),
      "\(network.parameterCount) parameters",
    ].joined(separator: "\n")
  }
}

/// `1 x 28 x 28`.
func extentsText(_ extents: [Int]) -> String {
  extents.map(String.init).joined(separator: " x ")
}
