/// In which order pictures of several people are painted: whoever has had the least comes first, and within a person's jobs
/// the oldest (start-time fair queueing, Goyal et al. 1996, with seconds of work as what is shared).
struct FairOrder: Sendable {
  /// A job that has pictures to be begun.
  struct Waiting: Sendable {
    let id: String
    let person: String
    /// In the order of arrival.
    let number: Int64
    /// Pictures that were not begun.
    let pictures: Int
    /// What one of them takes.
    let seconds: Double
    /// What must be in memory for it.
    let model: String
    /// How much more than others this person gets; 1 for most.
    let weight: Double
  }

  /// When a job's turn comes.
  struct Forecast: Sendable, Equatable {
    /// Jobs that begin before it, and itself: 1 is next.
    let position: Int
    /// Until its last picture is painted.
    let seconds: Double
  }

  /// Seconds of work that each person has had, divided by their weight.
  private(set) var served: [String: Double] = [:]
  /// What changing the model costs, in seconds.
  var switchSeconds = 5.0

  /// Somebody who had nothing to do has no claim on what they did not use.
  mutating func arrived(_ person: String, others: some Sequence<String>) {
    let least = others.filter { $0 != person }.compactMap { served[$0] }.min() ?? 0
    served[person] = max(served[person] ?? 0, least)
  }

  mutating func spent(_ seconds: Double, by person: String, weight: Double) {
    served[person, default: 0] += seconds / weight
    // Numbers stay small, and people who left are forgotten.
    if served.count > 10_000 { served.removeAll() }
  }

  /// The job whose picture is begun next; nil where none waits.
  ///
  /// - Parameter model: What is in memory.
  func next(_ waiting: [Waiting], model: String?) -> String? {
    var best: (cost: Double, number: Int64, id: String)?
    for job in oldest(waiting) {
      let cost = (served[job.person] ?? 0) + (model == nil || job.model == model ? 0 : switchSeconds / job.weight)
      if best.map({ (cost, job.number) < ($0.cost, $0.number) }) ?? true { best = (cost, job.number, job.id) }
    }
    return best?.id
  }

  /// Each person's first job for the model in memory, and their first of all.
  private func oldest(_ waiting: [Waiting]) -> [Waiting] {
    var first: [String: Waiting] = [:]
    for job in waiting where job.pictures > 0 {
      if first[job.person].map({ job.number < $0.number }) ?? true { first[job.person] = job }
    }
    return Array(first.values)
  }

  /// When every job's turn comes, if nobody else asks for anything.
  ///
  /// - Parameters:
  ///   - busy: Seconds of work that is in progress.
  ///   - workers: Pictures painted at a time.
  func forecasts(_ waiting: [Waiting], busy: Double, workers: Int) -> [String: Forecast] {
    var people = Dictionary(grouping: waiting.filter { $0.pictures > 0 }, by: \.person).map { person, jobs in
      Line(served: served[person] ?? 0, jobs: jobs.sorted { $0.number > $1.number })
    }
    var forecasts: [String: Forecast] = [:]
    forecasts.reserveCapacity(waiting.count)
    var (clock, position, model) = (busy, 0, waiting.first?.model)
    while !people.isEmpty {
      // The same as `next`, over those who wait.
      var best = 0
      var least = (cost: Double.infinity, number: Int64.max)
      for index in people.indices {
        let head = people[index].head
        let cost = people[index].served + (model == nil || head.model == model ? 0 : switchSeconds / head.weight)
        if (cost, head.number) < least { (best, least) = (index, (cost, head.number)) }
      }
      let job = people[best].head
      if people[best].left == job.pictures {
        position += 1
        forecasts[job.id] = Forecast(position: position, seconds: 0)
      }
      // One picture at a time; the whole of what is left where nobody else waits.
      let count = people.count == 1 ? people[best].left : 1
      clock += Double(count) * job.seconds + (job.model == model ? 0 : switchSeconds)
      model = job.model
      people[best].served += Double(count) * job.seconds / job.weight
      people[best].left -= count
      guard people[best].left <= 0 else { continue }
      forecasts[job.id] = Forecast(
        position: forecasts[job.id]?.position ?? position, seconds: clock / Double(max(1, workers)))
      people[best].jobs.removeLast()
      if people[best].jobs.isEmpty { people.remove(at: best) } else { people[best].left = people[best].head.pictures }
    }
    return forecasts
  }

  /// What one person waits for.
  private struct Line {
    var served: Double
    /// The next last.
    var jobs: [Waiting]
    /// Pictures of the next that were not begun.
    var left: Int

    var head: Waiting { jobs[jobs.count - 1] }

    init(served: Double, jobs: [Waiting]) {
      (self.served, self.jobs) = (served, jobs)
      left = jobs[jobs.count - 1].pictures
    }
  }
}
