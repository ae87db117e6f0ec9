#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Why the last system call failed (`errno`), as a part of a sentence.
package enum SystemReason {
  package static var last: String { unsafe String(cString: strerror(errno)).lowercased() }
}
