using MemoryWall.Engine.Tests.Machine.Processes;
using MemoryWall.Machine;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Probes.Linux;
using MemoryWall.Machine.Processes;
using MemoryWall.Machine.Sampling;

namespace MemoryWall.Engine.Tests.Machine.Probes.Linux;

public class LinuxProbesTests
{
    [Fact]
    public void HostCpu_Laptop_ReadsTotalAndEveryCore()
    {
        using var capture = Capture.Unpack("laptop-cgroup-v2");
        using var probe = HostCpuProbe.Discover(capture.Root).Present();

        var row = probe.Read();

        Assert.Equal(15.8, row["host_cpu_busy_seconds_total"]!.Value, 9);
        Assert.Equal(10.5, row["host_cpu_user_seconds_total"]!.Value, 9);
        Assert.Equal(5.3, row["host_cpu_system_seconds_total"]!.Value, 9);
        Assert.Equal(3, row["host_cpu_iowait_seconds_total"]);
        Assert.Equal(0.4, row["host_cpu_steal_seconds_total"]!.Value, 9);
        Assert.Equal(987654, row["host_context_switches_total"]);
        Assert.Equal(3, row["host_runnable_tasks"]);
        Assert.Equal(4.55, row["cpu1_busy_seconds_total"]!.Value, 9);
        Assert.Equal(3.4, row["cpu3_busy_seconds_total"]!.Value, 9);
    }

    [Fact]
    public void HostCpu_CoreGoneOffline_IsAbsentNotZero()
    {
        using var capture = Capture.Unpack("laptop-cgroup-v2");
        using var probe = HostCpuProbe.Discover(capture.Root).Present();
        capture.Write("proc/stat", "cpu  1 0 0 0 0 0 0 0 0 0\ncpu0 1 0 0 0 0 0 0 0 0 0\n");

        var row = probe.Read();

        Assert.Equal(0.01, row["cpu0_busy_seconds_total"]);
        Assert.Null(row["cpu3_busy_seconds_total"]);
        Assert.Null(row["host_context_switches_total"]);
    }

    [Fact]
    public void Memory_Laptop_IsInBytes()
    {
        using var capture = Capture.Unpack("laptop-cgroup-v2");
        using var probe = KeyedFileProbe.DiscoverMemory(capture.Root).Present();

        var row = probe.Read();

        Assert.Equal(16_076_852.0 * 1024, row["host_memory_total_bytes"]);
        Assert.Equal(1328.0 * 1024, row["host_memory_dirty_bytes"]);
        // "SwapCached" must not be taken for "Cached".
        Assert.Equal(4_120_332.0 * 1024, row["host_memory_cached_bytes"]);
    }

    [Fact]
    public void VmStat_NamesThatTheKernelLacks_AreNoColumns()
    {
        using var capture = Capture.From("=== proc/vmstat\npgfault_x 9\npgfault 5\npswpin 3\noom_kill_y 4\n");
        using var probe = KeyedFileProbe.DiscoverVmStat(capture.Root).Present();

        var row = probe.Read();

        Assert.Equal(["host_faults_total", "host_swap_in_bytes_total"], row.Keys);
        Assert.Equal(5, row["host_faults_total"]);
        Assert.Equal(3.0 * Environment.SystemPageSize, row["host_swap_in_bytes_total"]);
    }

    [Fact]
    public void Disk_Laptop_CountsWholeDisksAndTheModelsDevice()
    {
        using var capture = Capture.Unpack("laptop-cgroup-v2");
        Directory.CreateDirectory(capture.PathOf("sys/block/nvme0n1"));
        Directory.CreateDirectory(capture.PathOf("sys/block/dm-0"));
        Directory.CreateDirectory(capture.PathOf("sys/block/loop0"));
        using var probe = DiskProbe.Discover(capture.Root, ["nvme0n1p2"]).Present();

        var row = probe.Read();

        Assert.DoesNotContain(row.Keys, k => k.Contains("loop") || k.Contains("nvme0n1p1"));
        Assert.Equal(28_801_234.0 * 512, row["disk_nvme0n1_read_bytes_total"]);
        Assert.Equal(310_201, row["disk_nvme0n1_reads_total"]);
        Assert.Equal(18_801_234.0 * 512, row["disk_nvme0n1_write_bytes_total"]);
        Assert.Equal(201_233, row["disk_nvme0n1_writes_total"]);
        Assert.Equal(180.222, row["disk_nvme0n1_busy_seconds_total"]);
        Assert.Equal(2, row["disk_nvme0n1_queue_requests"]);
        Assert.Equal(28_780_010.0 * 512, row["disk_nvme0n1p2_read_bytes_total"]);
        Assert.Equal(96_000.0 * 512, row["disk_dm_0_read_bytes_total"]);
    }

    [Theory]
    [InlineData("/home/me/models/a.gguf", "nvme0n1p2")]
    [InlineData("/home/me/my models/a.gguf", "dm-0")]
    [InlineData("/home/me/my models2/a.gguf", "nvme0n1p2")]
    [InlineData("/tmp/a.gguf", null)]
    public void DeviceOf_Paths_FollowsTheLongestMount(string path, string? device)
    {
        using var capture = Capture.Unpack("laptop-cgroup-v2");
        Directory.CreateDirectory(capture.PathOf("dev/mapper"));
        File.WriteAllText(capture.PathOf("dev/dm-0"), "");
        File.CreateSymbolicLink(capture.PathOf("dev/mapper/vg-models"), "../dm-0");

        Assert.Equal(device, BlockDevices.FindForPath(capture.Root, path));
        Assert.Equal(["nvme0n1p2"], BlockDevices.FindSwapDevices(capture.Root));
    }

    [Fact]
    public void DeviceOf_ContainerOverlay_IsNotGuessed()
    {
        using var capture = Capture.Unpack("docker-cgroup-v1");

        Assert.Null(BlockDevices.FindForPath(capture.Root, "/root/a.gguf"));
    }

    [Fact]
    public void Pressure_Laptop_IsInSeconds()
    {
        using var capture = Capture.Unpack("laptop-cgroup-v2");
        using var probe = PressureProbe.Discover(capture.Root).Present();

        var row = probe.Read();

        Assert.Equal(22.574647, row["host_pressure_memory_some_seconds_total"]!.Value, 9);
        Assert.Equal(1.483248, row["host_pressure_io_full_seconds_total"]!.Value, 9);
    }

    [Fact]
    public void Rapl_CounterBeginsAgain_SumGoesOn()
    {
        using var capture = Capture.Unpack("laptop-cgroup-v2");
        using var probe = RaplProbe.Discover(capture.Root).Present();
        // "core" is part of the package's sum and has no column.
        Assert.Equal(["energy_package_0_joules_total"], probe.Columns.Select(c => c.Name));
        Assert.Equal(0, probe.Read()["energy_package_0_joules_total"]);

        capture.Write("sys/class/powercap/intel-rapl:0/energy_uj", "262143300000\n");
        Assert.Equal(0.3, probe.Read()["energy_package_0_joules_total"]!.Value, 6);

        capture.Write("sys/class/powercap/intel-rapl:0/energy_uj", "1000000\n");
        Assert.Equal(0.3 + 0.02885 + 1, probe.Read()["energy_package_0_joules_total"]!.Value, 6);
    }

    [Fact]
    public void Temperature_Laptop_NamesChipAndSensor()
    {
        using var capture = Capture.Unpack("laptop-cgroup-v2");
        using var probe = TemperatureProbe.Discover(capture.Root).Present();

        var row = probe.Read();

        Assert.Equal(61.5, row["temperature_coretemp_package_id_0_celsius"]);
        Assert.Equal(38.85, row["temperature_nvme_composite_celsius"]);
    }

    [Fact]
    public void FrequencyAndThrottle_Laptop_AreRead()
    {
        using var capture = Capture.Unpack("laptop-cgroup-v2");
        using var frequency = CpuFrequencyProbe.Discover(capture.Root).Present();
        using var throttle = CpuFrequencyProbe.DiscoverThrottling(capture.Root).Present();

        Assert.Equal(1.95e9, frequency.Read()["host_cpu_frequency_mean_hz"]);
        Assert.Equal(2.1e9, frequency.Read()["host_cpu_frequency_max_hz"]);
        Assert.Equal(14, throttle.Read()["host_cpu_throttle_events_total"]);
    }

    [Fact]
    public void Network_Loopback_IsApart()
    {
        using var capture = Capture.From("""
            === proc/net/dev
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo:    3193      29    0    0    0     0          0         0     3194      29    0    0    0     0       0          0
              eth0: 160115958    4646    0    0    0     0          0         0   276365    3130    0    0    0     0       0          0
              wlan0:1000 1 0 0 0 0 0 0 2000 2 0 0 0 0 0 0
            """);
        using var probe = NetworkProbe.Discover(capture.Root).Present();

        var row = probe.Read();

        Assert.Equal(160_116_958, row["network_received_bytes_total"]);
        Assert.Equal(278_365, row["network_sent_bytes_total"]);
        Assert.Equal(3194, row["loopback_bytes_total"]);
    }

    [Fact]
    public void Network_NoInterfaceInTheFile_IsAbsentNotZero()
    {
        using var capture = Capture.From("=== proc/net/dev\nInter-| nothing\n");
        using var probe = NetworkProbe.Discover(capture.Root).Present();

        Assert.All(probe.Read().Values, v => Assert.Null(v));
    }

    [Fact]
    public void Pss_ThisProcess_IsBelowItsResidentMemory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        using var load = new LoadProcess();
        using var watch = new ServerWatch(ProcessTables.TryOpen());
        watch.WatchProcess(load.Pid);
        using var probe = PssProbe.Discover(LinuxRoot.Machine, watch).Present();
        load.Run($"allocate {64 << 20}");

        Assert.InRange(probe.Read()["server_pss_bytes"]!.Value, 64 << 20, 512 << 20);

        load.Kill();
        Assert.Null(probe.Read()["server_pss_bytes"]);
    }

    [Fact]
    public void Offer_EmptyMachine_NamesEveryAbsentSource()
    {
        using var capture = Capture.From("=== proc/nothing\n");
        using var watch = new ServerWatch(null);

        var discoveries = LinuxProbes.Discover(capture.Root, new SamplerOptions(), watch, new Dictionary<string, string>());

        Assert.All(discoveries.Where(o => o.Probe is null), o => Assert.NotEmpty(o.Absent!.Reason));
        Assert.Contains(discoveries, o => o.Absent?.Name == "host_pressure" && o.Absent.Remedy!.Contains("PSI"));
        foreach (var discovery in discoveries)
            discovery.Probe?.Dispose();
    }

    [Fact]
    public void Describe_ThisMachine_ListsColumnsOrReasons()
    {
        var sources = TelemetrySources.Describe();

        Assert.Contains(sources, s => s is { Name: "server", IsAvailable: true });
        Assert.All(sources, s => Assert.True(s.IsAvailable ? s.Columns.Count > 0 && s.Cost is not null : !string.IsNullOrEmpty(s.Reason)));
        var names = sources.SelectMany(s => s.Columns).Select(c => c.Name).ToList();
        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.All(names, n => Assert.Matches("^[a-z0-9_]+$", n));
    }
}
