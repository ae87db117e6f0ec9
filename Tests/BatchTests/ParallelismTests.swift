import Testing

@testable import Batch

/// How many pictures a batch paints at a time.
@Suite struct ParallelismTests {
  private func parallelism(
    jobs: Int? = nil, threads: Int? = nil, bytes: Int? = 100 << 20, pictures: Int = 100, memory: Int = 8 << 30
  ) -> [Int] {
    let found = Parallelism(
      wishedJobs: jobs, wishedThreads: threads, predictedBytes: bytes, pictures: pictures, memory: memory,
      processors: 8)
    return [found.jobs, found.threads]
  }

  @Test func smallModelsPaintAPictureOnEachProcessor() {
    #expect(parallelism() == [8, 8])
    #expect(parallelism(threads: 3) == [3, 3])
    #expect(parallelism(pictures: 2) == [2, 8])
    #expect(parallelism(pictures: 0) == [1, 8])
    #expect(parallelism(memory: 300 << 20) == [3, 8])
    #expect(parallelism(memory: 50 << 20) == [1, 8])
  }

  @Test func largeAndUnknownOnesPaintOneAfterTheOther() {
    #expect(parallelism(bytes: 3 << 30) == [1, 8])
    #expect(parallelism(bytes: nil) == [1, 8])
  }

  @Test func whatIsWishedForCounts() {
    #expect(parallelism(jobs: 1) == [1, 8])
    #expect(parallelism(jobs: 3, bytes: 3 << 30) == [3, 8])
    #expect(parallelism(jobs: 20) == [20, 8])
    #expect(parallelism(jobs: 2, threads: 2) == [2, 2])
  }
}
