using System.ComponentModel;
using System.Diagnostics;
using MemoryWall.Machine.Gpu;

namespace MemoryWall.Engine.Tests.Machine.Gpu;

/// <summary>Calls of NVML to a library with the C signatures of nvml.h, compiled by this machine's C compiler.</summary>
public sealed class NvmlLibraryTests : IDisposable
{
    private const string Source = """
        #include <string.h>
        typedef struct { unsigned long long total, free, used; } memory;
        typedef struct { unsigned gpu, memory; } utilization;
        typedef struct { unsigned pid; unsigned long long used; unsigned gpu_instance, compute_instance; } process;
        int nvmlInit_v2(void) { return 0; }
        int nvmlShutdown(void) { return 0; }
        int nvmlSystemGetDriverVersion(char *text, unsigned length) { strncpy(text, "570.99", length); return 0; }
        int nvmlDeviceGetCount_v2(unsigned *count) { *count = 2; return 0; }
        int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) { *device = (void *)(long)(index + 1); return 0; }
        int nvmlDeviceGetName(void *device, char *text, unsigned length) { strncpy(text, "Stub", length); return 0; }
        int nvmlDeviceGetMemoryInfo(void *device, memory *m)
        {
            if ((long)device == 2) return 3;
            m->total = 80; m->free = 50; m->used = 30;
            return 0;
        }
        int nvmlDeviceGetUtilizationRates(void *device, utilization *u) { u->gpu = 90; u->memory = 40; return 0; }
        int nvmlDeviceGetClockInfo(void *device, int type, unsigned *mhz) { *mhz = type == 1 ? 1980 : type == 2 ? 2619 : 0; return 0; }
        int nvmlDeviceGetPowerUsage(void *device, unsigned *milliwatts) { *milliwatts = 312500; return 0; }
        int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *millijoules) { *millijoules = 5000000000ULL; return 0; }
        int nvmlDeviceGetTemperature(void *device, int sensor, unsigned *celsius) { *celsius = sensor == 0 ? 66 : 0; return 0; }
        int nvmlDeviceGetPcieThroughput(void *device, int counter, unsigned *kib) { *kib = counter == 1 ? 500 : 400; return 0; }
        int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *count, process *list)
        {
            if (*count < 2) return 7;
            *count = 2; list[0].pid = 7; list[0].used = 10; list[1].pid = 8; list[1].used = ~0ULL;
            return 0;
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-nvml-").FullName;

    [Fact]
    public void Calls_StubLibrary_AnswerAsDeclared()
    {
        using var nvml = NvmlLibrary.TryLoad([CompileOrSkip()], out var reason);

        Assert.True(nvml is not null, reason);
        Assert.Equal(("570.99", 2, "Stub"), (nvml.DriverVersion, nvml.DeviceCount, nvml.Name(0)));
        Assert.Equal(new NvmlMemory(80, 50, 30), nvml.Memory(0));
        Assert.Null(nvml.Memory(1));
        Assert.Equal((90u, 40u), (nvml.UtilizationPercent(0), nvml.MemoryUtilizationPercent(0)));
        Assert.Equal((1980u, 2619u), (nvml.SmClockMegahertz(0), nvml.MemoryClockMegahertz(0)));
        Assert.Equal((312_500u, 5_000_000_000ul, 66u), (nvml.PowerMilliwatts(0), nvml.EnergyMillijoules(0), nvml.TemperatureCelsius(0)));
        Assert.Equal((500u, 400u), (nvml.PcieReceivedKibibytesPerSecond(0), nvml.PcieSentKibibytesPerSecond(0)));
        // An older driver without this entry point lacks the reading and nothing else.
        Assert.Null(nvml.ThrottleReasons(0));
        var processes = new NvmlProcess[4];
        Assert.Equal(2, nvml.Processes(0, processes));
        Assert.Equal([new NvmlProcess(7, 10), new NvmlProcess(8, null)], processes[..2]);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string CompileOrSkip()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "compiles a Linux shared library");
        File.WriteAllText(Path.Combine(_folder, "stub.c"), Source);
        var library = Path.Combine(_folder, "libnvidia-ml-stub.so");
        try
        {
            using var compiler = Process.Start("cc", ["-shared", "-fPIC", "-o", library, Path.Combine(_folder, "stub.c")]);
            compiler.WaitForExit();
            Assert.SkipUnless(compiler.ExitCode == 0, "the C compiler failed");
        }
        catch (Win32Exception)
        {
            Assert.Skip("this machine has no C compiler");
        }
        return library;
    }
}
