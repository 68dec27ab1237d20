using System.Runtime.Serialization;

namespace Banter
{
    /// <summary>Who runs answers and events.</summary>
    public enum CallbackMode
    {
        /// <summary>A thread of the library, for programs outside Unity: events are posted to the
        /// SynchronizationContext of the thread that called InitAsync, where there is one.</summary>
        [EnumMember(Value = "thread")] Thread = 0,

        /// <summary>The game, with <see cref="BanterClient.Pump"/>: no native thread enters the managed
        /// runtime. The default.</summary>
        [EnumMember(Value = "pump")] Pump = 1,
    }
}
