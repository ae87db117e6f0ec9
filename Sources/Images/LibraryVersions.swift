import CPNG

/// Versions of the libraries that this process has loaded, not of those that it was built with.
package enum LibraryVersions {
  /// For example `1.6.39`.
  package static var png: String {
    guard let text = unsafe png_get_libpng_ver(nil) else { return "" }
    return unsafe String(cString: text)
  }

  package static var zlib: String {
    guard let text = unsafe zlibVersion() else { return "" }
    return unsafe String(cString: text)
  }
}
