#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Runs `body(0)` to `body(count - 1)` at once, each on a thread of its own (tasks share as many threads as there are
/// processors); returns when all have ended.
func onThreads(_ count: Int, _ body: (Int) -> Void) {
  final class Job {
    let run: () -> Void
    init(_ run: @escaping () -> Void) { self.run = run }
  }
  withoutActuallyEscaping(body) { body in
    let threads = (0..<count).map { index in
      var thread = pthread_t()
      let job = unsafe Unmanaged.passRetained(Job { body(index) }).toOpaque()
      unsafe pthread_create(
        &thread, nil,
        { job in
          unsafe Unmanaged<Job>.fromOpaque(job!).takeRetainedValue().run()
          return nil
        }, job)
      return thread
    }
    for thread in threads { pthread_join(thread, nil) }
  }
}
