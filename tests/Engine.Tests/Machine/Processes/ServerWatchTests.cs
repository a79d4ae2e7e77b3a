using System.Net;
using System.Net.Sockets;
using MemoryWall.Machine;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Processes;
using MemoryWall.Machine.Processes.Linux;

namespace MemoryWall.Engine.Tests.Machine.Processes;

public class ServerWatchTests
{
    [Fact]
    public void Follow_Tree_TakesAllDescendantsInAnyOrder()
    {
        var table = new Table { [40] = new(30, 4), [30] = new(20, 3), [20] = new(1, 2), [21] = new(1, 2), [1] = new(0, 0) };
        using var watch = new ServerWatch(table);

        Assert.Null(watch.WatchProcess(20));

        Assert.Equal([20, 30, 40], watch.Tree.Pids);
    }

    [Fact]
    public void Refresh_ParentDies_OrphanStaysInTheTree()
    {
        var table = new Table { [20] = new(1, 2), [30] = new(20, 3), [40] = new(30, 4) };
        using var watch = new ServerWatch(table);
        watch.WatchProcess(20);

        table.Remove(30);
        table[40] = new ProcessTableEntry(1, 4);
        watch.Refresh();

        Assert.Equal([20, 40], watch.Tree.Pids);
    }

    [Fact]
    public void Refresh_IdUsedAgain_IsNotTakenForTheOldProcess()
    {
        var table = new Table { [20] = new(1, 2), [30] = new(20, 3) };
        using var watch = new ServerWatch(table);
        watch.WatchProcess(20);

        table[30] = new ProcessTableEntry(1, 99);
        watch.Refresh();

        Assert.Equal([20], watch.Tree.Pids);
    }

    [Fact]
    public void Refresh_OlderProcessWithAReusedParentId_IsNoChild()
    {
        var table = new Table { [20] = new(1, 50), [30] = new(20, 3) };
        using var watch = new ServerWatch(table);

        watch.WatchProcess(20);

        Assert.Equal([20], watch.Tree.Pids);
    }

    [Fact]
    public void Refresh_NothingChanged_KeepsTheSameTree()
    {
        using var watch = new ServerWatch(new Table { [20] = new(1, 2) });
        watch.WatchProcess(20);
        var tree = watch.Tree;

        watch.Refresh();

        Assert.Same(tree, watch.Tree);
    }

    [Fact]
    public void FollowPort_ServerRestarts_IsFoundAgain()
    {
        var table = new Table { [20] = new(1, 2), Owner = 20 };
        using var watch = new ServerWatch(table);
        Assert.Null(watch.WatchPort(11434));

        table.Remove(20);
        table[50] = new ProcessTableEntry(1, 9);
        table.Owner = 50;
        watch.Refresh();

        Assert.Equal([50], watch.Tree.Pids);
    }

    [Fact]
    public void FollowPort_RealListener_IsThisProcess()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        using var v4 = new TcpListener(IPAddress.Loopback, 0);
        v4.Start();
        using var watch = new ServerWatch(ProcessTables.TryOpen());

        Assert.Null(watch.WatchPort(((IPEndPoint)v4.LocalEndpoint).Port));

        Assert.Equal(Environment.ProcessId, watch.Tree.RootPid);
    }

    [Fact]
    public void FollowPort_RealListenerOnIpv6_IsThisProcess()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Socket.OSSupportsIPv6, "reads /proc");
        using var v6 = new TcpListener(IPAddress.IPv6Loopback, 0);
        v6.Start();

        Assert.Equal((Environment.ProcessId, null), PortOwnerFinder.Find(LinuxRoot.Machine, ((IPEndPoint)v6.LocalEndpoint).Port));
    }

    [Fact]
    public void FollowPort_NoListener_GivesTheReason()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        using var watch = new ServerWatch(ProcessTables.TryOpen());

        Assert.Contains("no process", watch.WatchPort(1));
        Assert.Contains("not a TCP port", watch.WatchPort(70000));
        Assert.Empty(watch.Tree.Pids);
    }

    [Fact]
    public void RefreshSoon_NewChild_IsInTheTreeWithoutWaitingForTheSecond()
    {
        var table = new Table { [20] = new(1, 2) };
        using var watch = new ServerWatch(table);
        watch.WatchProcess(20);
        watch.Start();
        using var load = MachineLoad.Watch();
        lock (table)
            table[21] = new ProcessTableEntry(20, 5);
        var started = System.Diagnostics.Stopwatch.StartNew();

        // The test asks repeatedly: a watch that waits its full second would not answer sooner.
        load.Judge(() => Assert.True(SpinWait.SpinUntil(() =>
        {
            watch.RequestRefresh();
            return watch.Tree.Pids.Length == 2;
        }, TimeSpan.FromSeconds(0.9)), $"{started.Elapsed} went by"));
    }

    [Theory]
    [InlineData("1", "30", 20)]
    [InlineData("1", "1", null)]
    public void PortOwner_HiddenProcessesOfAUser_AreTheServerOnlyAsOneTree(string serves, string runs, int? expected)
    {
        using var capture = Capture.From($"""
            === proc/20/status
            Name:	ollama
            PPid:	{serves}
            Uid:	998	998	998	998
            === proc/30/status
            Name:	ollama
            PPid:	{(runs == "30" ? "20" : runs)}
            Uid:	998	998	998	998
            === proc/40/status
            Name:	other
            PPid:	1
            Uid:	997	997	997	997
            """);
        int[] hidden = [20, 30, 40];

        Assert.Equal(expected, PortOwnerFinder.FindOnlyProcessTree(capture.Root, hidden, [new ListeningSocket("1", "998")]));
        Assert.Null(PortOwnerFinder.FindOnlyProcessTree(capture.Root, hidden,
            [new ListeningSocket("1", "998"), new ListeningSocket("2", "997")]));
        Assert.Null(PortOwnerFinder.FindOnlyProcessTree(capture.Root, hidden, [new ListeningSocket("1", "0")]));
    }

    [Theory]
    [InlineData("docker-proxy")]
    [InlineData("ssh")]
    public void PortOwner_Forwarder_IsNotTakenForTheServer(string name)
    {
        using var capture = Capture.From($"""
            === proc/net/tcp
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 00000000:2CAA 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1145 1 0 100 0 0 10 0
            === proc/900/comm
            {name}
            === proc/900/fd/3 -> socket:[1145]
            """);

        var (pid, problem) = PortOwnerFinder.Find(capture.Root, 11434);

        Assert.Null(pid);
        Assert.Contains($"{name}, which forwards it", problem);
    }

    private sealed class Table : Dictionary<int, ProcessTableEntry>, IProcessTable
    {
        public int? Owner { get; set; }

        public void Refresh(Dictionary<int, ProcessTableEntry> processes)
        {
            processes.Clear();
            lock (this)
            {
                foreach (var (pid, link) in this)
                    processes[pid] = link;
            }
        }

        public ProcessTableEntry? Read(int pid) => TryGetValue(pid, out var link) ? link : null;

        public (int? Pid, string? Problem) FindListener(int port) => (Owner, Owner is null ? "none" : null);

        public void Dispose()
        {
        }
    }
}
