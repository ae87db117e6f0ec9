/// A source that may hold tensors which it cannot hand out, such as whole numbers where weights are expected.
package protocol RefusingSource: TensorSource {
  /// Why `stored` gives nothing for a name that `names` lists, as the end of a sentence: "is of type I64, which ...".
  /// Nil where the tensor can be had or does not exist.
  func refusal(_ name: String) -> String?
}

extension TensorSource {
  /// Why `stored(name)` is nil although the source lists the name; nil where there is no such reason.
  package func reasonForAbsence(of name: String) -> String? {
    (self as? any RefusingSource)?.refusal(name)
  }
}
