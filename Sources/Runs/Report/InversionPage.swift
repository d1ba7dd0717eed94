import Foundation
import Lifted
import Tensors

/// The page on an inversion: figures, pictures, curves, what to mind, how to make it again.
struct InversionPage {
  private let session: InversionSession
  private let summary: InversionSummary
  private let folder: String

  init(_ session: InversionSession, _ summary: InversionSummary, folder: String) {
    (self.session, self.summary, self.folder) = (session, summary, folder)
  }

  func write(to url: URL) throws { try page.write(to: url) }

  private var problem: InversionProblem { session.problem }
  private var recipe: InversionRecipe { problem.recipe }

  private var page: Page {
    Page(
      title: recipe.name, kicker: "inversion", abstract: abstract,
      sections: [
        section("Final figures", table), section("Pictures", pictures),
        section("On the way", curves), Page.notes(notes), recreation,
      ])
  }

  private var abstract: String {
    let what = "\(summary.layers) layer\(summary.layers == 1 ? "" : "s")"
    let count = problem.measurements.rows
    let facts =
      "The input of a network of \(what), \(FigureText.count(summary.inputs)) numbers, found from "
      + "\(FigureText.count(summary.outputs)) that were measured; \(FigureText.count(count)) "
      + "measurement\(count == 1 ? "" : "s")"
      + (recipe.noise > 0 ? " with \(FigureText.percent(recipe.noise)) of noise." : ".")
    return [recipe.about, facts].compactMap { $0 }.joined(separator: " ")
  }

  private func section(_ title: String, _ body: HTML) -> HTML {
    body.markup.isEmpty ? "" : "<section><h2>\(title)</h2>\(body)</section>"
  }

  // MARK: Figures

  private var table: HTML {
    let columns: [(String, (InversionAnswer) -> String?)] = [
      (
        "PSNR, dB",
        { answer in
          answer.means["psnr"].map { mean in
            FigureText.number(mean)
              + (answer.spreadOfPSNR.map { " \u{00B1} " + FigureText.shortest($0) } ?? "")
          }
        }
      ),
      ("of the start", { $0.means["start_psnr"].map(FigureText.number) }),
      ("rms error", { $0.means["rmse"].map(FigureText.number) }),
      ("fidelity", { $0.means["fidelity"].map(FigureText.number) }),
      ("alpha", { $0.means["alpha"].map(FigureText.number) }),
      ("iterations", { $0.means["iterations"].map { FigureText.count(Int($0.rounded())) } }),
      ("CPU time", { FigureText.duration($0.cpuSeconds) }),
    ]
    let shown = columns.filter { column in
      session.answers.contains { column.1($0.answer) != nil }
    }
    let head = shown.map { column -> HTML in "<th scope=\"col\">\(column.0)</th>" }
    let rows = session.answers.map { method, answer -> HTML in
      let cells = shown.map { column -> HTML in "<td>\(column.1(answer) ?? "-")</td>" }
      return "<tr><th scope=\"row\">\(method.name)</th>\(cells)</tr>"
    }
    return """
      <div class="wide"><table class="few"><thead><tr><th scope="col">method</th>\(head)</tr></thead>
      <tbody>\(rows)</tbody></table></div>
      """
  }

  // MARK: Pictures

  private static let shown = 9

  private var pictures: HTML {
    guard problem.isPicture else { return "" }
    var rows: [ImageGrid.Row] = []
    func add(_ label: String, _ unknowns: Tensor<Float>?, isScored: Bool) {
      guard let unknowns else { return }
      let pictures = (0..<min(unknowns.rows, Self.shown)).compactMap { row in
        (try? problem.png(of: unknowns, row: row)).map { png in
          let psnr = isScored ? problem.psnr(of: unknowns, row: row) : nil
          return ImageGrid.Picture(
            png: png, caption: psnr.map { String(format: "%.2f", $0) } ?? "")
        }
      }
      rows.append(ImageGrid.Row(label: label, pictures: pictures))
    }
    add("truth", problem.truth, isScored: false)
    add("start", problem.start, isScored: true)
    for (method, answer) in session.answers { add(method.name, answer.unknowns, isScored: true) }
    let grid = ImageGrid(
      title: "Unknowns", metric: problem.truth == nil ? nil : "PSNR in dB", dataRange: 0...1,
      rows: rows)
    return "<div class=\"grid-block\">\(grid.html)</div>"
  }

  // MARK: Curves

  private var curves: HTML {
    func chart(_ title: String, _ value: (InversionAnswer.Look) -> Double) -> HTML {
      let series = session.answers.enumerated().map { index, entry in
        Series(
          name: entry.method.name, tint: .ofRun(index),
          points: entry.answer.history.map {
            Series.Point(x: Double($0.iteration), y: value($0))
          })
      }
      guard series.contains(where: { !$0.finitePoints.isEmpty }) else { return "" }
      return Chart(title: title, xLabel: "iterations", isWide: true, series: series).html
    }
    return "\(chart("Objective") { $0.objective })\(chart("Fidelity") { $0.fidelity })"
  }

  // MARK: Words

  private var notes: [String] {
    var notes = [
      "The objective is the fidelity, the Bregman loss of the last layer as a mean over its outputs, plus alpha "
        + "times the regulariser; curves are means over the unknowns."
    ]
    for (method, answer) in session.answers {
      notes += answer.notes.map { "\(method.name): \($0)" }
      let choices = Set(answer.rows.compactMap(\.choice)).subtracting([
        ChoiceOutcome.given.description
      ])
      notes += choices.sorted().map { choice in
        let count = answer.rows.count { $0.choice == choice }
        return "\(method.name): alpha by rule, \(count) of \(answer.rows.count): \(choice)."
      }
      let stops = Set(answer.rows.map(\.stop)).filter { !$0.isEmpty }.sorted()
      notes += stops.map { stop in
        "\(method.name): \(answer.rows.count { $0.stop == stop }) of \(answer.rows.count) ended since "
          + "\(stop)."
      }
    }
    return notes
  }

  private var recreation: HTML {
    RecreationSection(
      command: "lifted invert \(folder)/recipe.yaml", origins: [summary.origin],
      texts: [.init(title: "Recipe", text: (try? recipe.yaml) ?? "")]
    ).html
  }
}
