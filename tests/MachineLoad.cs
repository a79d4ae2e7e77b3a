using System.Diagnostics;
using System.Globalization;

namespace MemoryWall.Tests;

/// <summary>
/// How much slower threads ran while a test judged a time, because others had their cores. A test that judges a time cannot do so on a
/// busy machine: what it measures is then the load. The load is known on Linux; elsewhere the judgement stands.
/// </summary>
internal sealed class MachineLoad : IDisposable
{
    // Tests that run beside this one make threads up to twice as slow.
    private const double TooBusy = 3;
    private const string Statistics = "/proc/thread-self/schedstat";
    private static readonly TimeSpan s_work = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(40);

    private readonly Thread _thread;
    private readonly ManualResetEventSlim _end = new();
    private double? _slowdown;

    private MachineLoad()
    {
        _thread = new Thread(Measure) { IsBackground = true, Name = "machine load" };
        _thread.Start();
    }

    /// <summary>Begins to measure the load, until a time is judged.</summary>
    public static MachineLoad Watch() => new();

    /// <summary>Judges a time. Where the judgement fails on a machine that was too busy for it, the test is skipped with the
    /// reason.</summary>
    /// <param name="judgement">What asserts.</param>
    public void Judge(Action judgement)
    {
        try
        {
            judgement();
        }
        catch (Xunit.Sdk.XunitException failure)
        {
            Dispose();
            if (_slowdown is not > TooBusy)
                throw;
            Assert.Skip(string.Create(CultureInfo.InvariantCulture,
                $"a busy machine cannot judge this time: its threads ran {_slowdown:0.0} times slower; {failure.Message}"));
        }
    }

    public void Dispose()
    {
        _end.Set();
        _thread.Join();
    }

    // A thread that wants a fifth of a core measures how long it waits for that.
    private void Measure()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists(Statistics))
            return;
        do
        {
            var started = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(started) < s_work)
                Thread.SpinWait(100);
            // Nanoseconds on a core and in its queue.
            var numbers = File.ReadAllText(Statistics).Split(' ');
            var (ran, waited) = (double.Parse(numbers[0], CultureInfo.InvariantCulture),
                double.Parse(numbers[1], CultureInfo.InvariantCulture));
            _slowdown = (ran + waited) / ran;
        }
        while (!_end.Wait(s_pause));
    }
}
