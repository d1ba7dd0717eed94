import RealModule

/// The dilogarithm `Li2(x) = -integral_0^x log(1 - t)/t dt = sum_k x^k / k^2`, for `x <= 1`.
///
/// By reflection and inversion `x` is brought into `[-1, 1/2]`, where the series in
/// `w = -log(1 - x)` with Bernoulli numbers, `sum B_n w^{n+1}/(n+1)!`, needs ten terms.
/// Absolute error below `1e-15 max(1, |Li2(x)|)`. Source: Lewin, "Polylogarithms and associated
/// functions", 1981; 't Hooft and Veltman, "Scalar one-loop integrals", 1979 (the series).
@inlinable
func dilogarithm(_ x: Double) -> Double {
  let basel = Double.pi * .pi / 6
  if x >= 1 { return x == 1 ? basel : .nan }
  if x > 0.5 { return basel - .log(x) * .log(onePlus: -x) - dilogarithmSeries(1 - x) }
  if x >= -1 { return dilogarithmSeries(x) }
  let logarithm = Double.log(-x)
  return -basel - logarithm * logarithm / 2 - dilogarithmSeries(1 / x)
}

/// `Li2(x)` on `[-1, 1/2]`.
@inlinable
func dilogarithmSeries(_ x: Double) -> Double {
  let w = -Double.log(onePlus: -x)
  let square = w * w
  // B_{2k} / (2k+1)! for k = 9, 8, …, 1
  let odd =
    43867.0 / 798 / 121_645_100_408_832_000 * square - 3617.0 / 510 / 355_687_428_096_000
  let more = odd * square + 7.0 / 6 / 1_307_674_368_000
  let next = (more * square - 691.0 / 2730 / 6_227_020_800) * square + 5.0 / 66 / 39_916_800
  let low = (next * square - 1.0 / 10_886_400) * square + 1.0 / 211_680
  return w + square * (-0.25 + w * ((low * square - 1.0 / 3600) * square + 1.0 / 36))
}
