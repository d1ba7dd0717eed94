import RealModule

/// `y log(y / q) - y + q >= 0`, one term of the Kullback-Leibler divergence, without cancellation
/// near `y = q`.
///
/// `y >= 0`; `q > 0` is given together with its logarithm, because `q` may have underflowed.
@inlinable
func relativeEntropy(_ y: Double, _ q: Double, log logQ: Double) -> Double {
  guard y > 0 else { return q }
  let r = (y - q) / q
  guard abs(r) < 0.5 else { return y * (.log(y) - logQ) - y + q }
  // (1 + r) log(1 + r) - r
  return q * (r * r - (1 + r) * logarithmGap(r))
}

/// `r - log(1 + r) >= 0`, `r > -1`, without cancellation near `r = 0`.
@inlinable
func logarithmGap(_ r: Double) -> Double {
  guard abs(r) < 0.1 else { return r - .log(onePlus: r) }
  // r^2/2 - r^3/3 + r^4/4 - …
  var sum = 0.0
  for k in stride(from: 16.0, through: 2, by: -1) { sum = 1 / k - r * sum }
  return r * r * sum
}

/// `x log x`, 0 at `x = 0`.
@inlinable
func xLogX(_ x: Double) -> Double { x > 0 ? x * .log(x) : 0 }

/// `log(1 + e^z)`.
@inlinable
func softplus(_ z: Double) -> Double { max(z, 0) + .log(onePlus: .exp(-abs(z))) }

/// `KL( Bernoulli(p) || Bernoulli(q) )` with `q = 1/(1 + e^-logit)` and `complement = 1 - p`.
@inlinable
func bernoulliDivergence(_ p: Double, _ complement: Double, logit: Double) -> Double {
  let (logQ, logRest) = (-softplus(-logit), -softplus(logit))
  return relativeEntropy(p, .exp(logQ), log: logQ)
    + relativeEntropy(complement, .exp(logRest), log: logRest)
}

/// `e^z - 1 - z >= 0`, without cancellation near `z = 0`.
@inlinable
func exponentialGap(_ z: Double) -> Double {
  guard abs(z) < 0.1 else { return .expMinusOne(z) - z }
  // z^2 (1/2! + z/3! + z^2/4! + …)
  var sum = 0.0
  for k in stride(from: 11.0, through: 2, by: -1) { sum = (1 + sum * z) / k }
  return z * z * sum
}
