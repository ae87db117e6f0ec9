import Foundation
import Images
import Testing

/// What is made of pictures before networks are controlled by them, against OpenCV and Pillow (Tests/Reference/pictures_control.py).
@Suite struct ControlPictureTests {
  private func picture(_ name: String) throws -> Picture {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/PicturesControl")
    return try Picture(contentsOf: folder.appending(path: "\(name).png").path)
  }

  @Test func cannyIsOpenCVs() throws {
    #expect(try ControlKind.canny.prepared(picture("photo")) == picture("edges"))
  }

  @Test func blurIsPillows() throws {
    #expect(try ControlKind.blur.prepared(picture("photo")) == picture("soft"))
  }

  /// A step from black to white: OpenCV marks one of the two columns beside it.
  @Test func aStepIsOneLine() {
    let values = (0..<9 * 8).map { UInt8($0 % 8 < 4 ? 0 : 255) }
    let edges = Mask(Mask(width: 8, height: 9, values: values).picture.cannyEdges(low: 100, high: 200))
    for row in 0..<9 {
      #expect((0..<8).map { edges.values[row * 8 + $0] == 255 } == (0..<8).map { $0 == 3 })
    }
  }

  @Test(arguments: [ControlKind.ready, .tile, .pose, .depth, .softEdges, .lines, .normals, .segments])
  func otherKindsAreLeftAlone(kind: ControlKind) throws {
    #expect(try kind.prepared(picture("fox")) == picture("fox"))
  }

  @Test func linesOnPaperBecomeWhiteOnBlack() {
    let picture = Picture(width: 3, height: 1, pixels: [255, 255, 255, 255, 126, 255, 127, 127, 127])
    #expect(ControlKind.scribble.prepared(picture).pixels == [0, 0, 0, 255, 255, 255, 0, 0, 0])
    #expect(ControlKind.invert.prepared(picture).pixels == [0, 0, 0, 0, 129, 0, 128, 128, 128])
  }
}
