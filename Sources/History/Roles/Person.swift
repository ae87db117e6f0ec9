import Foundation

/// A user of the operating system, with the groups that they are in.
package struct Person: Sendable, Equatable {
  package let userID: Int64
  package let name: String
  package let groupIDs: Set<Int64>

  package init(userID: Int64, name: String, groupIDs: Set<Int64>) {
    self.userID = userID
    self.name = name
    self.groupIDs = groupIDs
  }

  /// Whoever started this process: the real user, not the owner of a set-user-id binary.
  package static let current: Person = {
    let userID = getuid()
    var groups: Set<Int64> = [Int64(getgid())]
    var list = [gid_t](repeating: 0, count: max(0, Int(getgroups(0, nil))))
    let count = unsafe getgroups(Int32(list.count), &list)
    groups.formUnion(list.prefix(max(0, Int(count))).map(Int64.init))
    guard let known = Person(userID: userID) else {
      return Person(userID: Int64(userID), name: "\(userID)", groupIDs: groups)
    }
    return Person(userID: known.userID, name: known.name, groupIDs: known.groupIDs.union(groups))
  }()

  /// Whoever asks for something in the history at `path`.
  ///
  /// Where an account of its own owns the folder and this process runs as that account, `sudo` has started it and says for
  /// whom. Elsewhere `SUDO_UID` is anybody's word, and counts for nothing.
  package static func current(sharing path: String, environment: [String: String]) -> Person {
    guard getuid() != 0, owner(ofFolderOf: path) == Int64(getuid()),
      let caller = environment["SUDO_UID"].flatMap(uid_t.init), let person = Person(userID: caller)
    else { return current }
    return person
  }

  /// The number of the user to whom the folder of a file belongs.
  static func owner(ofFolderOf path: String) -> Int64? {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let owner = try? FileManager.default.attributesOfItem(atPath: folder)[.ownerAccountID] as? Int
    return owner.map(Int64.init)
  }

  /// The user of that number; nil where the system knows none.
  package init?(userID: Int64) {
    guard let number = uid_t(exactly: userID) else { return nil }
    self.init(userID: number)
  }

  /// The user of that name; nil where the system knows none.
  package init?(named name: String) {
    guard let entry = unsafe getpwnam(name) else { return nil }
    unsafe self.init(entry)
  }

  /// In whose name a token asks.
  package init(_ token: Token) {
    guard token.userID != Token.webUser, let known = Person(userID: token.userID) else {
      self.init(userID: token.userID, name: token.userName, groupIDs: [])
      return
    }
    self = known
  }

  private init?(userID: uid_t) {
    guard let entry = unsafe getpwuid(userID) else { return nil }
    unsafe self.init(entry)
  }

  private init(_ entry: UnsafeMutablePointer<passwd>) {
    let (userID, groupID) = unsafe (entry.pointee.pw_uid, entry.pointee.pw_gid)
    let name = unsafe String(cString: entry.pointee.pw_name)
    var count: Int32 = 64
    var groups = [gid_t](repeating: 0, count: Int(count))
    if unsafe getgrouplist(name, groupID, &groups, &count) < 0 {
      groups = [gid_t](repeating: 0, count: Int(count))
      unsafe getgrouplist(name, groupID, &groups, &count)
    }
    self.init(userID: Int64(userID), name: name, groupIDs: Set(groups.prefix(Int(count)).map(Int64.init)))
  }
}

/// Groups of the operating system.
package enum UserGroup {
  /// The number of the group of that name; nil where the system knows none.
  package static func identifier(named name: String) -> Int64? {
    guard let entry = unsafe getgrnam(name) else { return nil }
    return unsafe Int64(entry.pointee.gr_gid)
  }
}
