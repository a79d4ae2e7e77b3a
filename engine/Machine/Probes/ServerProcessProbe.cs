using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Processes;

namespace MemoryWall.Machine.Probes;

/// <summary>
/// What the server's processes use in total. The counters keep the last reading of an ended process, so that they never fall; what it used
/// after that reading, and children that lived less than a second, are not seen. Where one process does not report a field, the sum is
/// absent, since it would be too small.
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

    /// <param name="watch">The server's processes.</param>
    /// <param name="open">Opens a process; null where it has ended or may not be read.</param>
    /// <param name="fields">The columns that the system can fill.</param>
    /// <param name="intrusion">What a reading does, for users.</param>
    public ServerProcessProbe(ServerWatch watch, Func<int, IProcessReader?> open, IReadOnlyList<ProcessColumn> fields, string intrusion)
    {
        _watch = watch;
        _open = open;
        _fields = [.. fields];
        Intrusion = intrusion;
        Columns =
        [
            new TelemetryColumn("server_processes", MetricKind.Gauge, Name,
                "Processes of the server: the one watched and its descendants; absent where none is watched."),
            .. fields.Select(f => new TelemetryColumn(f.Name, f.Kind, Name, f.Meaning)),
        ];
    }

    public string Name => "server";

    public ProbeCost Cost => ProbeCost.Light;

    public string Intrusion { get; }

    public IReadOnlyList<TelemetryColumn> Columns { get; }

    public void Read(Span<double> row)
    {
        // The known processes first: the id of an ended process may belong to a new one, which is opened below.
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

        // The last known value of each field, 0 at first: the counters of an ended process may be unreadable, but its use still counts.
        public double[] LastKnown { get; } = new double[ProcessColumn.FieldCount];

        // The last reading of an ended process may lack the fields of its memory: their previous values stay.
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
