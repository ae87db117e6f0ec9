/// Which of the training timesteps are visited (Lin et al. 2023, table 2; diffusers' `timestep_spacing`).
package enum TimestepSpacing: String, Sendable, CaseIterable {
  case leading
  case linspace
  case trailing

  /// Descending timesteps; those of `linspace` are not rounded.
  func timesteps(steps: Int, trainTimesteps: Int, offset: Int) -> [Double] {
    switch self {
    case .linspace:
      return EvenSpacing.closed(from: 0, to: Double(trainTimesteps - 1), count: steps).reversed()
    case .leading:
      let width = trainTimesteps / steps
      return (0..<steps).reversed().map { Double($0 * width + offset) }
    case .trailing:
      return trailing(from: trainTimesteps, steps: steps, trainTimesteps: trainTimesteps)
    }
  }

  /// Descending whole timesteps of the schedulers that space one step more than they take and leave out the last
  /// (the DPM-Solver family).
  /// - Parameter visitable: the number of training timesteps that may be visited.
  func timestepsBeforeLast(steps: Int, visitable: Int, trainTimesteps: Int, offset: Int) -> [Double] {
    switch self {
    case .linspace:
      return EvenSpacing.closed(from: 0, to: Double(visitable - 1), count: steps + 1).dropFirst().reversed()
        .map { $0.rounded(.toNearestOrEven) }
    case .leading:
      let width = visitable / (steps + 1)
      return (1...steps).reversed().map { Double($0 * width + offset) }
    case .trailing:
      return trailing(from: visitable, steps: steps, trainTimesteps: trainTimesteps)
    }
  }

  private func trailing(from first: Int, steps: Int, trainTimesteps: Int) -> [Double] {
    EvenSpacing.down(from: Double(first), by: Double(trainTimesteps) / Double(steps))
      .map { $0.rounded(.toNearestOrEven) - 1 }
  }
}
