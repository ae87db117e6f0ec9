import Foundation

/// Certificates that sign themselves, for localhost, 127.0.0.1, ::1 and *.limn.example, written by Python's cryptography 50:
///
///     key = ec.generate_private_key(ec.SECP256R1())
///     x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
///       .not_valid_before(datetime(2020, 1, 1)).not_valid_after(datetime(2120, 1, 1))
///       .add_extension(x509.SubjectAlternativeName(names), False)
///       .add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256())
///
/// `expired` ends in 2021, `future` begins in 2118, `renewed` is of another key and ends in 2119; `lockedKey` is `key` with a
/// passphrase.
enum TestCertificates {
  static let certificate = """
    -----BEGIN CERTIFICATE-----
    MIIBgzCCASmgAwIBAgIUXa8BruuQ9OinSihyKlDmI9BP8PgwCgYIKoZIzj0EAwIw
    FzEVMBMGA1UEAwwMbGltbidzIHRlc3RzMCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAw
    MTAxMDAwMDAwWjAXMRUwEwYDVQQDDAxsaW1uJ3MgdGVzdHMwWTATBgcqhkjOPQIB
    BggqhkjOPQMBBwNCAARDBssFqcNXJC4mVqYBm0vj9DA5ob7EYKHxblzcBBq/lpqr
    J+snHP7xwdVaxaHUm7+xidp2msWbH8MTpejwYqXYo1EwTzA8BgNVHREENTAzggls
    b2NhbGhvc3SCDioubGltbi5leGFtcGxlhwR/AAABhxAAAAAAAAAAAAAAAAAAAAAB
    MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgAbNZfjq/Khej5yZZ
    smkSbttmstDd8G6sCj8mdu8pE64CIQDOSWQTQyJtITDmV4bJtbTYy5JFXrTyTGEE
    TTtRT/rlHQ==
    -----END CERTIFICATE-----

    """

  static let key = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgcWY3KGk/2lhAnNaU
    9GLUJ3/8UDNNEvi1/S6i3kaUxZChRANCAARDBssFqcNXJC4mVqYBm0vj9DA5ob7E
    YKHxblzcBBq/lpqrJ+snHP7xwdVaxaHUm7+xidp2msWbH8MTpejwYqXY
    -----END PRIVATE KEY-----

    """

  static let renewed = """
    -----BEGIN CERTIFICATE-----
    MIIBhDCCASmgAwIBAgIUAxAhH78qNLohteh6DAQXi/mqxJwwCgYIKoZIzj0EAwIw
    FzEVMBMGA1UEAwwMbGltbidzIHRlc3RzMCAXDTIwMDEwMTAwMDAwMFoYDzIxMTkw
    MTAxMDAwMDAwWjAXMRUwEwYDVQQDDAxsaW1uJ3MgdGVzdHMwWTATBgcqhkjOPQIB
    BggqhkjOPQMBBwNCAASfjSLq4wpt1WSo40WbESWVpJ7PPs9zzpZZA76/bqcXow5r
    MBXVOu9euD630sbcXT19PeyjrRHxDsVlecoMTklLo1EwTzA8BgNVHREENTAzggls
    b2NhbGhvc3SCDioubGltbi5leGFtcGxlhwR/AAABhxAAAAAAAAAAAAAAAAAAAAAB
    MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAPCUoLnViiw9bvRN
    faruaSpPz276pVsBeOPdJlQIKo4iAiEA2oUkY2uw2Jh9IULfPIsVNUIGPcrdvhj7
    Jl2L3dRCD2E=
    -----END CERTIFICATE-----

    """

  static let renewedKey = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgOdI3nNOUexmVLhJ8
    qP0GbspkkI1ieZdvr1IrxW4/zqahRANCAASfjSLq4wpt1WSo40WbESWVpJ7PPs9z
    zpZZA76/bqcXow5rMBXVOu9euD630sbcXT19PeyjrRHxDsVlecoMTklL
    -----END PRIVATE KEY-----

    """

  static let expired = """
    -----BEGIN CERTIFICATE-----
    MIIBgTCCASegAwIBAgIUOIyYKKk0Jyc+07tdJpDo4McCmGowCgYIKoZIzj0EAwIw
    FzEVMBMGA1UEAwwMbGltbidzIHRlc3RzMB4XDTIwMDEwMTAwMDAwMFoXDTIxMDEw
    MTAwMDAwMFowFzEVMBMGA1UEAwwMbGltbidzIHRlc3RzMFkwEwYHKoZIzj0CAQYI
    KoZIzj0DAQcDQgAEQwbLBanDVyQuJlamAZtL4/QwOaG+xGCh8W5c3AQav5aaqyfr
    Jxz+8cHVWsWh1Ju/sYnadprFmx/DE6Xo8GKl2KNRME8wPAYDVR0RBDUwM4IJbG9j
    YWxob3N0gg4qLmxpbW4uZXhhbXBsZYcEfwAAAYcQAAAAAAAAAAAAAAAAAAAAATAP
    BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQCBqLjWgY+4SRsKUdyS
    woDhIcFOHYnMyNd1wduCOxMNIwIgNDyulWhVKD1XQ7sVa7OG8RKrRyOlW55ud2J/
    PLQxcjw=
    -----END CERTIFICATE-----

    """

  static let future = """
    -----BEGIN CERTIFICATE-----
    MIIBhjCCASugAwIBAgIUEaht4G1mICw6C+ihj6FJotoJtPUwCgYIKoZIzj0EAwIw
    FzEVMBMGA1UEAwwMbGltbidzIHRlc3RzMCIYDzIxMTgwMTAxMDAwMDAwWhgPMjEy
    MDAxMDEwMDAwMDBaMBcxFTATBgNVBAMMDGxpbW4ncyB0ZXN0czBZMBMGByqGSM49
    AgEGCCqGSM49AwEHA0IABEMGywWpw1ckLiZWpgGbS+P0MDmhvsRgofFuXNwEGr+W
    mqsn6ycc/vHB1VrFodSbv7GJ2naaxZsfwxOl6PBipdijUTBPMDwGA1UdEQQ1MDOC
    CWxvY2FsaG9zdIIOKi5saW1uLmV4YW1wbGWHBH8AAAGHEAAAAAAAAAAAAAAAAAAA
    AAEwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEA4VsgtRH2B/VO
    YtN3+dWuvl/6pGgMf1Ua54+PM1ZqKl4CIQCTqv4ztGZzbNgRWxKlNTtW/cFsJcmF
    MTJSmgJII2qssg==
    -----END CERTIFICATE-----

    """

  static let lockedKey = """
    -----BEGIN ENCRYPTED PRIVATE KEY-----
    MIH0MF8GCSqGSIb3DQEFDTBSMDEGCSqGSIb3DQEFDDAkBBCvXVpNQnn186Pkm6TW
    GaKEAgIIADAMBggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBKgQQExRPXF5LWfS4puNM
    zwocRQSBkEHKwbCWr21JI3EAIFF13YQ3v4BkyCkkxBBcq++LUGMXMfaznwFSvn8j
    ZYLINeEXUrEFUMOd4EMRKnG9IjFz53yUU/vv44pkUQsXcLcdrjWP37RGlDI5wmWS
    R8/pKMjQ5cjP3SOEGkfrjhhvAMGu/JMAfn2w1fLWjncPh8AXwl8TKqlhETR8Zz7k
    ZbCssSOglA==
    -----END ENCRYPTED PRIVATE KEY-----

    """
}
