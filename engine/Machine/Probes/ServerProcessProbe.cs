using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Processes;

namespace MemoryWall.Machine.Probes;

/// <summary>
/// What the server's processes use together. A process that has ended keeps its last reading in the counters, so that they never fall;
/// what it did after that reading, and children that lived less than a second, are not seen. A field that one process does not tell
/// is absent from the sum, which would be too small without it.
/// </summary>
internal sealed class ServerProcessProbe : IProbe
{
    private readonly ServerWatch _watch;
    private readonly Func<int, IProcessReader?> _open;
    private readonly ProcessColumn[] _fields;
    private readonly List<Member> _members = [];
    private readonly double[] _endedTotals = new double[ProcessColumn.FieldCount];
    private readonly double[] _sum = new double[ProcessColumn.FieldCount];
    private ServerProcessTree _tree = ServerProcessTree.Empty;

    /// <param name="watch">Which processes they are.</param>
    /// <param name="open">Opens one; null where it is gone or may not be read.</param>
    /// <param name="fields">The columns that the system can fill.</param>
    /// <param name="intrusion">What reading does, in words.</param>
    public ServerProcessProbe(ServerWatch watch, Func<int, IProcessReader?> open, IReadOnlyList<ProcessColumn> fields, string intrusion)
    {
        _watch = watch;
        _open = open;
        _fields = [.. fields];
        Intrusion = intrusion;
        Columns =
        [
            new TelemetryColumn("server_processes", MetricKind.Gauge, Name,
                "Processes of the server: the one watched and those that descend from it; absent where none is watched."),
            .. fields.Select(f => new TelemetryColumn(f.Name, f.Kind, Name, f.Meaning)),
        ];
    }

    public string Name => "server";

    public ProbeCost Cost => ProbeCost.Light;

    public string Intrusion { get; }

    public IReadOnlyList<TelemetryColumn> Columns { get; }

    public void Read(Span<double> row)
    {
        // First those that are known: one that has ended may have left its id to another, which is then opened.
        for (var i = _members.Count - 1; i >= 0; i--)
        {
            if (!_members[i].Read())
                RemoveMember(i);
        }
        if (!ReferenceEquals(_tree, _watch.Tree))
            UpdateMembers(_watch.Tree);
        if (_members.Count == 0)
            return;
        _sum.AsSpan().Clear();
        foreach (var member in _members)
        {
            for (var i = 0; i < _sum.Length; i++)
                _sum[i] += member.Usage[i];
        }
        row[0] = _members.Count;
        for (var i = 0; i < _fields.Length; i++)
        {
            var field = (int)_fields[i].Field;
            row[i + 1] = _fields[i].Kind == MetricKind.Counter ? _sum[field] + _endedTotals[field] : _sum[field];
        }
    }

    public void Dispose()
    {
        foreach (var member in _members)
            member.Reader.Dispose();
        _members.Clear();
    }

    private void UpdateMembers(ServerProcessTree tree)
    {
        _tree = tree;
        for (var i = _members.Count - 1; i >= 0; i--)
        {
            if (!tree.Pids.Contains(_members[i].Reader.Pid))
                RemoveMember(i);
        }
        foreach (var pid in tree.Pids)
        {
            if (_members.Exists(m => m.Reader.Pid == pid) || _open(pid) is not { } reader)
                continue;
            _members.Add(new Member(reader));
            if (!_members[^1].Read())
                RemoveMember(_members.Count - 1);
        }
    }

    private void RemoveMember(int index)
    {
        foreach (var field in _fields)
        {
            if (field.Kind == MetricKind.Counter)
                _endedTotals[(int)field.Field] += _members[index].LastKnown[(int)field.Field];
        }
        _members[index].Reader.Dispose();
        _members.RemoveAt(index);
    }

    private sealed class Member(IProcessReader reader)
    {
        private readonly double[] _now = new double[ProcessColumn.FieldCount];

        public IProcessReader Reader { get; } = reader;

        public double[] Usage { get; } = new double[ProcessColumn.FieldCount];

        // What was last read of each field, 0 before: a process that ends may not tell its counters any more, and what it used stays used.
        public double[] LastKnown { get; } = new double[ProcessColumn.FieldCount];

        // The last reading of an ended process may lack what went with its memory: the one before stands for it.
        public bool Read()
        {
            _now.AsSpan().Fill(double.NaN);
            var alive = Reader.Read(_now);
            for (var i = 0; i < _now.Length; i++)
            {
                if (alive || double.IsFinite(_now[i]))
                    Usage[i] = _now[i];
                if (double.IsFinite(_now[i]))
                    LastKnown[i] = _now[i];
            }
            return alive;
        }
    }
}
