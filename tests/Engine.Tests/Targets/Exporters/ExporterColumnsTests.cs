using MemoryWall.Core.Units;

namespace MemoryWall.Engine.Tests.Targets.Exporters;

/// <summary>What recorded pages of exporters are in the columns of this program.</summary>
public sealed class ExporterColumnsTests
{
    [Fact]
    public void Dcgm_TwoDevices_HaveTheColumnsOfNvml()
    {
        var columns = ExporterPages.ReadColumns(ExporterPages.Dcgm);

        Assert.Equal(0.97, columns["gpu0_utilization_ratio"], 9);
        Assert.Equal(0.71, columns["gpu0_memory_busy_ratio"], 9);
        Assert.Equal(72992.0 * ByteSize.MiB, columns["gpu0_memory_used_bytes"]);
        Assert.Equal((72992.0 + 8047) * ByteSize.MiB, columns["gpu0_memory_total_bytes"]);
        Assert.Equal(1980e6, columns["gpu0_sm_clock_hz"]);
        Assert.Equal(2619e6, columns["gpu0_memory_clock_hz"]);
        Assert.Equal(612.347, columns["gpu0_power_watts"]);
        Assert.Equal(1286523450.017, columns["gpu0_energy_joules_total"], 3);
        Assert.Equal(54, columns["gpu0_temperature_celsius"]);
        Assert.Equal(4, columns["gpu0_throttle_bits"]);
        Assert.Equal(0, columns["gpu1_utilization_ratio"]);
        Assert.Equal(71.058, columns["gpu1_power_watts"]);
        // The number for a blank value, and a field that the device does not report.
        Assert.DoesNotContain("gpu1_energy_joules_total", columns);
        Assert.DoesNotContain("gpu1_throttle_bits", columns);
        Assert.Equal(18, columns.Count);
    }

    [Theory]
    [InlineData("9223372036854775794")]
    [InlineData("2147483632")]
    [InlineData("140737488355328.0")]
    [InlineData("NaN")]
    [InlineData("-1")]
    public void Dcgm_NumberForNoValue_IsAbsent(string number) =>
        Assert.Empty(ExporterPages.ReadColumns($"DCGM_FI_DEV_POWER_USAGE{{gpu=\"0\"}} {number}\n"));

    [Fact]
    public void Dcgm_DividedDevice_HasOnlyWhatIsTheWholeDevices()
    {
        // Each part of the device repeats its power, and has memory of its own.
        var columns = ExporterPages.ReadColumns("""
            DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="GPU-2",GPU_I_PROFILE="1g.6gb",GPU_I_ID="3"} 52.636
            DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="GPU-2",GPU_I_PROFILE="1g.6gb",GPU_I_ID="5"} 52.746
            DCGM_FI_DEV_FB_USED{gpu="0",UUID="GPU-2",GPU_I_PROFILE="1g.6gb",GPU_I_ID="3"} 100
            DCGM_FI_DEV_FB_USED{gpu="0",UUID="GPU-2",GPU_I_PROFILE="1g.6gb",GPU_I_ID="5"} 200
            DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="0",UUID="GPU-2",GPU_I_ID="3"} 0.5

            """);

        Assert.Equal(("gpu0_power_watts", 52.636), (Assert.Single(columns).Key, columns["gpu0_power_watts"]));
    }

    [Theory]
    [InlineData("DCGM_FI_DEV_POWER_USAGE{gpu=\"\"} 1")]
    [InlineData("DCGM_FI_DEV_POWER_USAGE{gpu=\"0,x\"} 1")]
    [InlineData("DCGM_FI_DEV_POWER_USAGE{UUID=\"GPU-0\"} 1")]
    [InlineData("node_rapl_package_joules_total{index=\"\"} 1")]
    [InlineData("node_disk_read_bytes_total{device=\"\"} 1")]
    public void DeviceWithoutANumber_HasNoColumn(string line) => Assert.Empty(ExporterPages.ReadColumns(line + "\n"));

    [Fact]
    public void Dcgm_WithoutGpuUtil_TheShareOfTheEngineIsRead() => Assert.Equal(0.625,
        ExporterPages.ReadColumns("DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu=\"3\",UUID=\"GPU-2\"} 0.625\n")["gpu3_utilization_ratio"]);

    [Fact]
    public void Node_RecordedPage_HasTheColumnsOfThisMachinesProbes()
    {
        var columns = ExporterPages.ReadColumns(ExporterPages.Node);

        Assert.Equal(2, columns.Keys.Count(name => name.StartsWith("cpu", StringComparison.Ordinal)));
        Assert.Equal(columns["host_cpu_busy_seconds_total"], columns["cpu0_busy_seconds_total"] + columns["cpu1_busy_seconds_total"], 6);
        Assert.Equal(columns["host_cpu_busy_seconds_total"],
            columns["host_cpu_user_seconds_total"] + columns["host_cpu_system_seconds_total"], 6);
        Assert.True(columns["host_memory_available_bytes"] < columns["host_memory_total_bytes"]);
        Assert.True(columns["host_faults_total"] > columns["host_major_faults_total"]);
        foreach (var name in new[] { "host_cpu_iowait_seconds_total", "host_cpu_steal_seconds_total", "host_context_switches_total",
            "host_memory_free_bytes", "host_memory_cached_bytes", "host_memory_anon_bytes", "host_swap_total_bytes",
            "host_swap_in_bytes_total", "host_swap_out_bytes_total", "network_received_bytes_total", "network_sent_bytes_total" })
            Assert.Contains(name, columns);
    }

    [Fact]
    public void Node_EachNumber_IsThatOfItsMetric()
    {
        var columns = ExporterPages.ReadColumns("""
            node_cpu_seconds_total{cpu="0",mode="idle"} 1000
            node_cpu_seconds_total{cpu="0",mode="iowait"} 7
            node_cpu_seconds_total{cpu="0",mode="irq"} 1
            node_cpu_seconds_total{cpu="0",mode="nice"} 2
            node_cpu_seconds_total{cpu="0",mode="softirq"} 4
            node_cpu_seconds_total{cpu="0",mode="steal"} 8
            node_cpu_seconds_total{cpu="0",mode="system"} 16
            node_cpu_seconds_total{cpu="0",mode="user"} 32
            node_cpu_guest_seconds_total{cpu="0",mode="user"} 64
            node_vmstat_pswpin 3
            node_vmstat_pswpout 5
            node_disk_read_bytes_total{device="nvme0n1"} 11
            node_disk_read_bytes_total{device="dm-0"} 12
            node_disk_read_bytes_total{device="loop0"} 13
            node_disk_read_bytes_total{device="../etc"} 14
            node_disk_io_time_seconds_total{device="nvme0n1"} 15.5
            node_pressure_memory_waiting_seconds_total 1.5
            node_network_transmit_bytes_total{device="lo"} 21
            node_network_transmit_bytes_total{device="eth0"} 22
            node_network_transmit_bytes_total{device="eth1"} 23
            node_rapl_package_joules_total{index="0",path="/sys/class/powercap/intel-rapl:0"} 31.5
            node_rapl_dram_joules_total{index="0",path="/sys/class/powercap/intel-rapl:0:0"} 3.5
            node_cpu_scaling_frequency_hertz{cpu="0"} 1e9
            node_cpu_scaling_frequency_hertz{cpu="1"} 3e9

            """);

        Assert.Equal(new Dictionary<string, double>
        {
            ["host_cpu_busy_seconds_total"] = 55,
            ["host_cpu_user_seconds_total"] = 34,
            ["host_cpu_system_seconds_total"] = 21,
            ["host_cpu_iowait_seconds_total"] = 7,
            ["host_cpu_steal_seconds_total"] = 8,
            ["cpu0_busy_seconds_total"] = 55,
            ["host_swap_in_bytes_total"] = 3 * 4096,
            ["host_swap_out_bytes_total"] = 5 * 4096,
            ["disk_nvme0n1_read_bytes_total"] = 11,
            ["disk_nvme0n1_busy_seconds_total"] = 15.5,
            ["disk_dm_0_read_bytes_total"] = 12,
            ["host_pressure_memory_some_seconds_total"] = 1.5,
            ["energy_package_0_joules_total"] = 31.5,
            ["energy_dram0_joules_total"] = 3.5,
            ["host_cpu_frequency_mean_hz"] = 2e9,
            ["host_cpu_frequency_max_hz"] = 3e9,
            ["network_sent_bytes_total"] = 45,
            ["loopback_bytes_total"] = 21,
        }.OrderBy(entry => entry.Key), columns.OrderBy(entry => entry.Key));
    }

    [Fact]
    public void Vllm_TwoEngines_AreAddedUpAndTheFullestCacheCounts()
    {
        var columns = ExporterPages.ReadColumns(ExporterPages.Vllm);

        Assert.Equal((8, 3, 0.9375), (columns["server_running_requests"], columns["server_waiting_requests"],
            columns["server_kv_cache_usage_ratio"]));
        Assert.Equal((1234567, 40960, 17), (columns["server_prompt_tokens_total"], columns["server_generated_tokens_total"],
            columns["server_preemptions_total"]));
        // vLLM reports no hits of the prefix cache here.
        Assert.DoesNotContain("server_cached_tokens_total", columns);
    }
}
