/// Which counts to log when there are many: 1 to 10, then 20 to 100 by 10, 200 to 1000 by 100, ...
public enum LogPoints {
  /// Whether a count, from 1, is a log point.
  public static func contains(_ count: Int) -> Bool {
    guard count > 0 else { return false }
    var step = 1
    while count / step > 10 { step *= 10 }
    return count % step == 0
  }
}
