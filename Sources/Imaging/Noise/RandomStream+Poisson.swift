import RealModule
import Tensors

extension RandomStream {
  /// A Poisson number of the given mean, `>= 0` and below 2^53.
  ///
  /// By multiplication of uniform numbers below a mean of 10, else by transformed rejection with
  /// squeeze: 1.1 pairs of uniform numbers on average.
  ///
  /// Source: Hormann, "The transformed rejection method for generating Poisson random variables",
  /// Insurance: Mathematics and Economics 12, 1993, algorithm PTRS.
  public mutating func poisson(mean: Double) -> Int {
    guard mean >= 10 else { return mean > 0 ? multiplied(Double.exp(-mean)) : 0 }
    let logMean = Double.log(mean)
    let b = 0.931 + 2.53 * mean.squareRoot()
    let a = -0.059 + 0.02483 * b
    let inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
    let squeeze = 0.9277 - 3.6224 / (b - 2)
    while true {
      let u = uniform() - 0.5
      let v = uniform()
      let us = 0.5 - abs(u)
      let k = ((2 * a / us + b) * u + mean + 0.43).rounded(.down)
      if us >= 0.07 && v <= squeeze { return Int(k) }
      if k < 0 || (us < 0.013 && v > us) { continue }
      let height = Double.log(v) + Double.log(inverseAlpha) - Double.log(a / (us * us) + b)
      if height <= k * logMean - mean - Double.logGamma(k + 1) { return Int(k) }
    }
  }

  /// How many uniform numbers it takes to bring their product below `limit`, less one.
  private mutating func multiplied(_ limit: Double) -> Int {
    var (count, product) = (0, uniform())
    while product > limit {
      count += 1
      product *= uniform()
    }
    return count
  }
}
