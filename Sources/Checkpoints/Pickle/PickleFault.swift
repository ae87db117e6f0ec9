/// What is wrong with a pickle, as the end of a sentence.
struct PickleFault: Error {
  let problem: String

  init(_ problem: String) { self.problem = problem }
}
