using MemoryWall.Sweeps.Trials;

namespace MemoryWall.Engine.Tests.Sweeps.Trials;

public class RunNotesTests
{
    [Fact]
    public void TakePending_SameNoteTwice_GivesItOnceARun()
    {
        var notes = new RunNotes();
        notes.Add("the window is 4096", "the cache is off");
        notes.Add("the window is 4096");
        Assert.Equal(["the window is 4096", "the cache is off"], notes.TakePending());
        notes.Add("the cache is off");
        Assert.Empty(notes.TakePending());
    }
}
