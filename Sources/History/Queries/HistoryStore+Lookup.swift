import GRDB

extension HistoryStore {
  /// The run that goes by a name: its number, `last`, its identifier or the beginning of it, at least six characters.
  ///
  /// - Parameter access: Runs of others are found only by those who may see them.
  /// - Throws: ``HistoryError/unknownRun(_:)``
  package func run(named name: String, for access: Access) throws(HistoryError) -> Run {
    let isOwnOnly = !access.allows(.seeAllHistory)
    let own = isOwnOnly ? " AND user_id = \(access.person.userID) AND user_name = ?" : ""
    let ownName: StatementArguments = isOwnOnly ? [access.person.name] : []
    let found: [Run] = try read { database in
      if name == "last" {
        return try Run.fetchAll(
          database, sql: "SELECT * FROM runs WHERE 1\(own) ORDER BY number DESC LIMIT 1", arguments: ownName)
      }
      if let number = Int64(name) {
        return try Run.fetchAll(
          database, sql: "SELECT * FROM runs WHERE number = ?\(own)", arguments: [number] + ownName)
      }
      guard name.count >= 6, name.allSatisfy({ $0.isHexDigit || $0 == "-" }) else { return [] }
      return try Run.fetchAll(
        database, sql: "SELECT * FROM runs WHERE id >= ? AND id < ?\(own) LIMIT 2",
        arguments: [name.lowercased(), name.lowercased() + "g"] + ownName)
    }
    guard let run = found.first else {
      throw .unknownRun(
        "There is no run \"\(name)\" that \(access.person.name) may see; `limn history list` shows them.")
    }
    guard found.count == 1 else { throw .unknownRun("More than one run begins with \"\(name)\"; write more of it.") }
    return run
  }

  /// The newest run that wrote a file with these bytes; nil where none did.
  package func run(outputHash: String) throws(HistoryError) -> Run? {
    try read {
      try Run.fetchOne(
        $0, sql: "SELECT * FROM runs WHERE output_hash = ? ORDER BY number DESC LIMIT 1", arguments: [outputHash])
    }
  }
}

extension Run {
  /// As a person may see it: without the words of others where these are not theirs to read.
  package func shown(to access: Access) -> Run {
    let isOwn = userID == access.person.userID && userName == access.person.name
    guard !isOwn, !access.allows(.seePrompts) else { return self }
    var run = self
    run.prompt = ""
    run.typedPrompt = nil
    run.negative = ""
    run.typedNegative = nil
    run.verdict = nil
    run.error = nil
    run.outputPath = nil
    run.referencePath = nil
    run.referenceHash = nil
    run.inputHashes = nil
    run.jobKey = nil
    return run
  }
}

extension RunFilter {
  /// Narrowed to what a person may see. Who may not read the prompts of others does not search them either.
  package func narrowed(to access: Access) -> RunFilter {
    var filter = self
    if !access.allows(.seeAllHistory) || text != nil && !access.allows(.seePrompts) { filter.owner = access.person }
    return filter
  }
}
