import Engine
import Guardrail
import Images
import Painting
import System

/// Writes the pictures that this machine paints for a batch, and enters what becomes of every job into ledger and history,
/// one after the other.
actor BatchDelivery {
  nonisolated let desk: BatchDesk
  private let recorder: any RunObserver
  private let speeds: PaintingSpeeds
  private nonisolated var settings: BatchSettings { desk.settings }

  init(desk: BatchDesk, recorder: any RunObserver, speeds: PaintingSpeeds) {
    (self.desk, self.recorder, self.speeds) = (desk, recorder, speeds)
  }

  func begin(_ run: PictureRun, _ job: BatchJob) async {
    recorder.began(run)
    await desk.begin(job)
  }

  /// Encodes, writes and enters a picture.
  func deliver(_ painting: Painting, _ order: Order, _ job: LocalJob, _ run: PictureRun) async {
    let encoding = PictureEncoding(PictureFormat(path: job.job.path) ?? .png, quality: settings.quality)
    let writer = PictureWriter(job.model, metadata: settings.metadata, encoding: encoding)
    for attempt in 0...settings.retries {
      do {
        let picture = try writer.write(painting, order, to: desk.place(of: job.job))
        return await succeed(picture, job, run)
      } catch {
        guard attempt == settings.retries else { continue }
        await fail(run, job.job, error, attempts: attempt + 1)
        if error is UserError { desk.stop(.broken(error)) }
      }
    }
  }

  private func succeed(_ picture: PaintedPicture, _ job: LocalJob, _ run: PictureRun) async {
    do {
      try await desk.deliver(DeliveredPicture(picture), job.job)
    } catch {
      // Without a ledger nothing that is painted would be known again.
      await fail(run, job.job, error, attempts: 1)
      return desk.stop(.broken(error))
    }
    recorder.ended(run, .painted(picture))
    speeds.add(picture, modelHash: job.model.hash.digits ?? "")
  }

  /// The job is as good as never begun.
  func interrupt(_ run: PictureRun, _ job: BatchJob) async {
    recorder.ended(run, .interrupted)
    await desk.interrupt(job)
  }

  func refuse(_ run: PictureRun, _ job: BatchJob, _ refusal: Refusal) async {
    recorder.ended(run, .refused(refusal))
    await desk.refuse(job, category: refusal.verdict.category.rawValue, "\(refusal)")
  }

  /// - Parameter attempts: How often it was tried; nil where it will be tried again.
  func fail(_ run: PictureRun, _ job: BatchJob, _ error: any Error, attempts: Int?) async {
    recorder.ended(run, .failed(error))
    guard let attempts else { return }
    await desk.fail(job, error, attempts: attempts)
  }
}
