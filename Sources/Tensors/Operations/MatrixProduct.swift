import COpenBLAS

/// `target = left * transpose(right)`, row-major, on the calling thread: left is `rows x depth`, right `columns x depth`.
@inline(__always)
func multiplyTransposed(
  _ left: UnsafePointer<Float>, leftStride: Int, _ right: UnsafePointer<Float>, rightStride: Int,
  into target: UnsafeMutablePointer<Float>, targetStride: Int, rows: Int, columns: Int, depth: Int
) {
  unsafe cblas_sgemm(
    CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(columns), Int32(depth), 1, left, Int32(leftStride),
    right, Int32(rightStride), 0, target, Int32(targetStride))
}

/// `target = left * right`, row-major, on the calling thread: left is `rows x depth`, right `depth x columns`.
@inline(__always)
func multiply(
  _ left: UnsafePointer<Float>, leftStride: Int, _ right: UnsafePointer<Float>, rightStride: Int,
  into target: UnsafeMutablePointer<Float>, targetStride: Int, rows: Int, columns: Int, depth: Int
) {
  unsafe cblas_sgemm(
    CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(columns), Int32(depth), 1, left, Int32(leftStride),
    right, Int32(rightStride), 0, target, Int32(targetStride))
}
