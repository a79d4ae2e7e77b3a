namespace MemoryWall.Machine.Probes.Windows;

/// <summary>Opens Windows performance counters by their English names.</summary>
internal interface IPerformanceCounters
{
    /// <summary>Reads a counter's raw value; null where the machine has no such counter. The reader must not throw.</summary>
    Func<long?>? Open(string category, string counter, string instance);
}
