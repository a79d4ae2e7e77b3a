namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>A thread for work that must not delay an answer: it has the lowest priority at the processor and at the device.</summary>
internal sealed class BackgroundThread : IDisposable
{
    private readonly object _gate = new();
    private readonly Action<BackgroundThread> _work;
    private readonly Thread _thread;
    private bool _isSignalled;
    private volatile bool _isStopping;

    /// <param name="name">Its name.</param>
    /// <param name="work">What it does after each signal. It returns soon after <see cref="IsStopping"/> is set.</param>
    public BackgroundThread(string name, Action<BackgroundThread> work)
    {
        _work = work;
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Whether the work has to end.</summary>
    public bool IsStopping => _isStopping;

    /// <summary>Starts the work, or starts it again when it is done.</summary>
    public void Signal()
    {
        lock (_gate)
        {
            _isSignalled = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Waits until the work has ended. It is not started again.</summary>
    public void Dispose()
    {
        _isStopping = true;
        Signal();
        _thread.Join();
    }

    private void Run()
    {
        Posix.LowerPriority();
        while (WaitForSignal())
        {
            try
            {
                _work(this);
            }
            catch (Exception error)
            {
                // Otherwise it would end the process, and with it the answer under way.
                Console.Error.WriteLine(error);
            }
        }
    }

    private bool WaitForSignal()
    {
        lock (_gate)
        {
            while (!_isSignalled)
                Monitor.Wait(_gate);
            _isSignalled = false;
            return !_isStopping;
        }
    }
}
